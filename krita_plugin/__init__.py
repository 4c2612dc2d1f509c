"""Sfumato for Krita: soft-edged inpainting as a layer.

Krita imports this package; outside Krita it may be imported for its parts that need no editor.
"""

from importlib.util import find_spec
from pathlib import Path

# The packer writes the version; a checkout has none.
_VERSION = Path(__file__).with_name("VERSION.txt")
__version__ = _VERSION.read_text(encoding="utf-8").strip() if _VERSION.is_file() else "checkout"

if find_spec("krita") is not None:
    from .extension import register

    register()
