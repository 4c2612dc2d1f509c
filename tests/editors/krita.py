"""The real Krita, started once, doing what tests ask."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.editors.desktop import Desktop
from tests.editors.editor import Editor

INSIDE = Path(__file__).parent / "krita_inside"


class Krita(Editor):
    """A running Krita with the packed plugin and the tests' hand (``krita_inside``) in it.

    Without ``opengl`` it draws its canvas itself, as under Configure Krita > Display > Canvas
    Acceleration; else a graphics card does, which the tests' screen has a program for.
    """

    name = "Krita"

    def __init__(
        self, desktop: Desktop, package: Path, environ: Mapping[str, str], opengl: bool = True
    ) -> None:
        super().__init__(desktop, environ)
        self.exit_code: int | None = None
        self._install(package)
        if not opengl:
            choice = desktop.home / ".config/kritadisplayrc"
            choice.write_text("[General]\nOpenGLRenderer=none\n")

    def _install(self, package: Path) -> None:
        # What Krita's "Import Python Plugin from File" does with a zip.
        krita = self.desktop.home / ".local/share/krita"
        with zipfile.ZipFile(package) as archive:
            for name in archive.namelist():
                folder = "" if name.startswith("actions/") else "pykrita"
                archive.extract(name, krita / folder)
        shutil.copytree(INSIDE, krita / "pykrita/krita_inside")
        (krita / "pykrita/krita_inside.desktop").write_text(
            "[Desktop Entry]\nType=Service\nServiceTypes=Krita/PythonPlugin\n"
            "X-KDE-Library=krita_inside\nX-Python-2-Compatible=false\nName=Inside\n"
        )
        config = self.desktop.home / ".config/kritarc"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text("[python]\nenable_krita_inside=true\nenable_sfumato=true\n")

    def start(self) -> None:
        """Start it; its plugin for the tests serves them."""
        self._start(["krita", "--nosplash"], {**self._environ, "SFUMATO_TEST_PORT": str(self.port)})

    def quit(self) -> int:
        """Quit as a user does, leaving nothing unsaved, and return the exit code."""
        if self.alive:
            self.play("desk.quit")
        self.exit_code = self._process.wait(60)
        return self.exit_code
