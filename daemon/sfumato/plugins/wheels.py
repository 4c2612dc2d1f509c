"""The plugins' dependencies, fetched once: pure-Python wheels, exactly as pinned."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from sfumato.plugins.errors import PluginError

PINS = Path(__file__).with_name("pins.txt")
OLDEST_PYTHON = "3.10"


class Pin(NamedTuple):
    """A wheel by name, version and SHA-256 in hex."""

    name: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The wheel's file name."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"


def read_pins(path: Path = PINS) -> tuple[Pin, ...]:
    """Read the pinned wheels in the order of the file."""
    found = re.findall(
        r"^([\w-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    return tuple(Pin(*fields) for fields in found)


def wheels(cache: Path | None = None) -> list[Path]:
    """Return the pinned wheels in the cache, downloading what is missing with pip.

    ``cache`` is by default the user's cache folder for Sfumato. Raises ``PluginError`` when pip
    cannot fetch a wheel or a file is not the pinned one.
    """
    folder = cache or _default_cache()
    pins = read_pins()
    if not all(_is(folder / pin.filename, pin) for pin in pins):
        _download(folder)
    for pin in pins:
        if not _is(folder / pin.filename, pin):
            raise PluginError(
                f"{pin.filename} is not the file that is pinned in {PINS.name}. Empty {folder} and "
                "try again; if it happens again, do not trust the package index."
            )
    return [folder / pin.filename for pin in pins]


def _download(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--platform", "any"),
        *("--implementation", "py", "--abi", "none", "--python-version", OLDEST_PYTHON),
        *("--requirement", str(PINS)),
    ]
    # Downloaded beside and moved in whole: two builds at once must not see half a file.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        done = subprocess.run(  # noqa: S603 (our own arguments)
            [*command, "--dest", scratch], capture_output=True, text=True, check=False
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
            raise PluginError(
                f"The plugins' dependencies could not be downloaded: {reason} Packing needs the "
                "network once; check the connection to the package index."
            )
        for wheel in Path(scratch).glob("*.whl"):
            wheel.replace(folder / wheel.name)


def _is(path: Path, pin: Pin) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == pin.sha256


def _default_cache() -> Path:
    """Return the platform's cache folder; without ``platformdirs``, as builds run without it."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return base / "sfumato" / "Cache" / "wheels"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "sfumato" / "wheels"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "sfumato" / "wheels"
