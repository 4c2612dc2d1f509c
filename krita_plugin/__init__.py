"""Sfumato for Krita: soft-edged inpainting as a layer.

Krita imports this package; outside Krita it may be imported for its parts that need no editor.
"""

from importlib.util import find_spec

__version__ = "0.1.0"

if find_spec("krita") is not None:
    from .extension import register

    register()
