"""The plug-in for GIMP as users get it."""

from __future__ import annotations

from pathlib import Path

from sfumato.plugins.package import package


def pack(folder: Path) -> Path:
    """Pack the plug-ins of this checkout into ``folder``; the zip for GIMP."""
    return next(path for path in package(folder) if path.name == "sfumato-gimp.zip")
