"""PyQt6 beside the editors, which are Qt 5 programs: wheels for the Python that is there.

The editors' place has the libraries of the system that Qt wants, and this machine may not. Nothing
is built and nothing is installed there: the packages lie in a folder of ``cache()``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.editors.root import Editors
from tests.support.debian import cache, locked

WHEELS = ("PyQt6==6.11.0", "PyQt6-Qt6==6.11.2", "PyQt6-sip==13.13.0")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def pyqt6_for(editors: Editors) -> Path:
    """A folder with PyQt6 for the editors' Python, filled if need be (a minute, once)."""
    with tempfile.TemporaryDirectory() as share:
        command = editors.command(["python3", "-c", VERSION], {}, Path(share))
        version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    folder = cache() / f"{WHEELS[0].replace('==', '-')}-python-{version}"
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            # Made beside and then renamed, so that a broken run leaves nothing that looks whole.
            with tempfile.TemporaryDirectory(dir=cache()) as fresh:
                _install(version, Path(fresh) / "packages")
                (Path(fresh) / "packages").rename(folder)
    return folder


def _install(version: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wanted = ["--python-version", version, "--only-binary=:all:", "--no-deps"]
    subprocess.run([*pip, "install", *wanted, "--target", str(folder), *WHEELS], check=True)
