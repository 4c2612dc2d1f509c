"""The plugin as users get it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def pack(folder: Path) -> Path:
    """`sfumato plugins package` into ``folder``; the zip for Krita."""
    command = [sys.executable, "-m", "sfumato", "plugins", "package", "--out", str(folder)]
    subprocess.run(command, check=True)
    return folder / "sfumato-krita.zip"
