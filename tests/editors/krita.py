"""The real Krita, started once, doing what tests ask."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.editors.desktop import Desktop

INSIDE = Path(__file__).parent / "krita_inside"
START_S = 180


class SceneError(AssertionError):
    """A scene failed inside Krita; the message is its traceback there."""


class Krita:
    """A running Krita with the packed plugin and the tests' hand (``krita_inside``) in it."""

    def __init__(self, desktop: Desktop, package: Path, environ: Mapping[str, str]) -> None:
        self.share = desktop.share
        self._desktop = desktop
        self._environ = environ
        self.exit_code: int | None = None
        self._install(package)

    def _install(self, package: Path) -> None:
        # What Krita's "Import Python Plugin from File" does with a zip.
        krita = self._desktop.home / ".local/share/krita"
        with zipfile.ZipFile(package) as archive:
            for name in archive.namelist():
                folder = "" if name.startswith("actions/") else "pykrita"
                archive.extract(name, krita / folder)
        shutil.copytree(INSIDE, krita / "pykrita/krita_inside")
        (krita / "pykrita/krita_inside.desktop").write_text(
            "[Desktop Entry]\nType=Service\nServiceTypes=Krita/PythonPlugin\n"
            "X-KDE-Library=krita_inside\nX-Python-2-Compatible=false\nName=Inside\n"
        )
        config = self._desktop.home / ".config/kritarc"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text("[python]\nenable_krita_inside=true\nenable_sfumato=true\n")

    def __enter__(self) -> Self:
        port = self.share / "krita.port"
        with (self.share / "krita.log").open("wb") as log:
            extra = {**self._environ, "SFUMATO_TEST_PORT": str(port)}
            self._process = self._desktop.start(["krita", "--nosplash"], log, extra)
        self._lines = self._connect(port).makefile("rw", encoding="utf-8", newline="\n")
        return self

    def _connect(self, port: Path) -> socket.socket:
        deadline = time.monotonic() + START_S
        while not port.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Krita did not start:\n{self.log}")
            time.sleep(0.05)
        peer = socket.create_connection(("127.0.0.1", int(port.read_text())))
        peer.settimeout(None)
        return peer

    @property
    def log(self) -> str:
        """What Krita printed so far."""
        return (self.share / "krita.log").read_text(errors="replace")

    def play(self, scene: str, **args: Any) -> Any:
        """Run ``module.function`` of ``krita_inside`` and return what it returns.

        Raises ``SceneError`` with the traceback if it fails, or with Krita's log if Krita died.
        """
        self._lines.write(json.dumps({"scene": scene, "args": args}) + "\n")
        self._lines.flush()
        line = self._lines.readline()
        if not line:
            raise SceneError(f"Krita is gone ({self._process.wait(20)}):\n{self.log[-4000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise SceneError(answer["error"])
        return answer["value"]

    def quit(self) -> int:
        """Quit as a user does, leaving nothing unsaved, and return the exit code."""
        if self._process.poll() is None:
            self.play("desk.quit")
        self.exit_code = self._process.wait(60)
        return self.exit_code

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(20)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.quit()
        except (SceneError, subprocess.TimeoutExpired, BrokenPipeError):
            self.kill()
            if error is None:
                raise
