"""What a result depends on besides pixels and parameters: the versions of what computed it."""

from __future__ import annotations

import platform
import sys
from functools import cache
from importlib import metadata

import sfumato

_LIBRARIES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "torch": "torch",
    "diffusers": "diffusers",
    "transformers": "transformers",
}
"""Modules that compute pixels, with the names that their packages have."""


def environment() -> dict[str, str]:
    """Versions by name, of those libraries that this process has loaded."""
    loaded = (package for module, package in _LIBRARIES.items() if module in sys.modules)
    return {**_ourselves(), **{package: _version(package) for package in loaded}}


@cache
def _ourselves() -> dict[str, str]:
    return {
        "sfumato": sfumato.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


@cache
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # OpenCV comes under several names.
        return "unknown"
