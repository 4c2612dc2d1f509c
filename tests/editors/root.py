"""Where the real editors run: on this machine, or in a Debian root of their own.

``find_editors()`` takes the first that works: Krita >= 5.2 and GIMP >= 3.0 with Xvfb on this
machine; a cached Debian root with both, made here (as root with debootstrap, otherwise with
mmdebstrap and unprivileged user namespaces); an image of a container engine. Each shares the
network, and one folder at the same path, with the tests.

The root is kept in ``$SFUMATO_CACHE/editors`` (by default ``~/.cache/sfumato/editors``). Whether it
is whole is read from its own package database, so that a changed list of packages rebuilds it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SUITE = "trixie"
PACKAGES = (
    "krita",
    "gimp",
    "gir1.2-gimp-3.0",
    "python3-gi",
    "python3-gi-cairo",
    "python3-pyqt5",
    "xvfb",
    "xauth",
    "xdotool",
    "imagemagick",
    "dbus-x11",
    "fonts-dejavu-core",
    "libgl1-mesa-dri",
)

# The root is only ever seen through a private mount namespace; nothing of it leaks to the host.
_ENTER = """
root=$1; share=$2; shift 2
for part in proc dev sys; do mount --rbind "/$part" "$root/$part"; done
mkdir -p "$root$share"; mount --bind "$share" "$root$share"
exec chroot "$root" "$@"
"""


class NoEditorsError(Exception):
    """No editor can be had on this machine; the message says what to install."""


class Editors(Protocol):
    """A place with both editors."""

    def command(self, argv: Sequence[str], environ: Mapping[str, str], share: Path) -> list[str]:
        """The command of this machine that runs ``argv`` there.

        ``environ`` is the whole environment of the program; ``share`` is a folder that both sides
        see at the same path. Signals sent to the command reach the program.
        """


@dataclass(frozen=True)
class Installed:
    """The editors of this machine."""

    def command(self, argv: Sequence[str], environ: Mapping[str, str], share: Path) -> list[str]:
        """As ``Editors.command``."""
        return _only(environ, argv)


@dataclass(frozen=True)
class DebianRoot:
    """A folder with a Debian in it; without ``privileged`` it is entered by a user namespace."""

    folder: Path
    privileged: bool

    def command(self, argv: Sequence[str], environ: Mapping[str, str], share: Path) -> list[str]:
        """As ``Editors.command``."""
        inside = ["sh", "-euc", _ENTER, "enter", str(self.folder), str(share)]
        return [*self.namespace(), *inside, *_only(environ, argv)]

    def namespace(self) -> list[str]:
        """The start of a command that may mount in the folder and write to it."""
        user = [] if self.privileged else ["--user", "--map-root-user", "--map-auto"]
        return ["unshare", *user, "--mount", "--propagation", "private"]

    def is_whole(self) -> bool:
        """Whether it is of the right suite and has every package."""
        release, status = self.folder / "etc/os-release", self.folder / "var/lib/dpkg/status"
        if not (release.is_file() and status.is_file()):
            return False
        entries = status.read_text(encoding="utf-8").split("\n\n")
        installed = {
            entry.split("\n", 1)[0].removeprefix("Package: ")
            for entry in entries
            if "\nStatus: install ok installed\n" in entry
        }
        return f"VERSION_CODENAME={SUITE}" in release.read_text() and installed >= set(PACKAGES)


@dataclass(frozen=True)
class Container:
    """An image of podman or docker."""

    engine: str
    image: str

    def command(self, argv: Sequence[str], environ: Mapping[str, str], share: Path) -> list[str]:
        """As ``Editors.command``."""
        # Xvfb and the editor run in containers of their own: they share sockets and memory.
        return [
            *(self.engine, "run", "--rm", "--init", "--network=host", "--ipc=host"),
            *("--volume=/tmp/.X11-unix:/tmp/.X11-unix", f"--volume={share}:{share}"),
            *(self.image, *_only(environ, argv)),
        ]


def find_editors() -> Editors:
    """A place with Krita >= 5.2 and GIMP >= 3.0, made if need be (minutes, once).

    Raises ``NoEditorsError`` with a sentence that says what to install.
    """
    if _machine_has_both():
        return Installed()
    if sys.platform != "linux":
        raise NoEditorsError(_sentence("there is no way to make them on this system"))
    from tests.editors import bootstrap

    cache = Path(os.environ.get("SFUMATO_CACHE") or Path.home() / ".cache/sfumato")
    root = DebianRoot(cache / "editors", privileged=os.geteuid() == 0)
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "editors.lock"):
        if root.is_whole() or bootstrap.make(root):
            return root
        for engine in ("podman", "docker"):
            if shutil.which(engine):
                return Container(engine, bootstrap.image(engine))
    raise NoEditorsError(
        _sentence(
            "they cannot be made either: that takes debootstrap (as root), or mmdebstrap and "
            "uidmap with user namespaces allowed, or podman or docker"
        )
    )


def _machine_has_both() -> bool:
    tools = ("krita", "gimp", "gimp-console", "Xvfb", "xvfb-run", "xdotool")
    if not all(shutil.which(tool) for tool in tools):
        return False
    # Krita wants a screen even to tell its version.
    krita = _version(["xvfb-run", "-a", "krita", "--version"])
    return krita >= (5, 2) and _version(["gimp-console", "--version"]) >= (3, 0)


def _version(argv: Sequence[str]) -> tuple[int, int]:
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _only(environ: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    pairs = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environ}
    return ["/usr/bin/env", "-i", *(f"{key}={value}" for key, value in pairs.items()), *argv]


def _sentence(reason: str) -> str:
    return (
        "The editors' tests need Krita 5.2 or newer and GIMP 3.0 or newer with Xvfb and xdotool. "
        f"This machine lacks them, and {reason}. Install them, or run everything else with "
        "`pytest --ignore tests/editors`."
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
