"""Where the real editors run: on this machine, or in a Debian root of their own.

``find_editors()`` takes the first that works: Krita >= 5.2 and GIMP >= 3.0 with Xvfb on this
machine; a cached Debian root with both (``tests.support.debian``); an image of a container engine.
Each shares the network, and one folder at the same path, with the tests.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.debian import SUITE, install, only, root_of

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
        return only(environ, argv)


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
            *(self.image, *only(environ, argv)),
        ]


def find_editors() -> Editors:
    """A place with Krita >= 5.2 and GIMP >= 3.0, made if need be (minutes, once).

    Raises ``NoEditorsError`` with a sentence that says what to install.
    """
    if _machine_has_both():
        return Installed()
    if sys.platform != "linux":
        raise NoEditorsError(_sentence("there is no way to make them on this system"))
    root = root_of("editors", PACKAGES)
    if root is not None:
        return root
    for engine in ("podman", "docker"):
        if shutil.which(engine):
            return Container(engine, _image(engine))
    raise NoEditorsError(
        _sentence(
            "they cannot be made either: that takes debootstrap (as root), or mmdebstrap and "
            "uidmap with user namespaces allowed, or podman or docker"
        )
    )


def _image(engine: str) -> str:
    """The name of an image of ``engine`` with both editors, built if there is none."""
    recipe = (
        f"FROM debian:{SUITE}-slim\nENV DEBIAN_FRONTEND=noninteractive\nRUN {install(PACKAGES)}\n"
    )
    name = f"sfumato-editors:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if subprocess.run([engine, "image", "inspect", name], capture_output=True).returncode != 0:
        print(f"making the image {name} with Krita and GIMP: some minutes", flush=True)
        subprocess.run([engine, "build", "--tag", name, "-"], input=recipe.encode(), check=True)
    return name


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


def _sentence(reason: str) -> str:
    return (
        "The editors' tests need Krita 5.2 or newer and GIMP 3.0 or newer with Xvfb and xdotool. "
        f"This machine lacks them, and {reason}. Install them, or run everything else with "
        "`pytest --ignore tests/editors`."
    )
