"""A private home and an invisible screen for one editor."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.editors.root import Editors

SCREEN = "1600x1000x24"


class Desktop:
    """A home and, while entered, an X server, both of nobody else's.

    ``share`` is an existing empty folder: the home lies in it, and tests exchange files with the
    editor there, at the same path on both sides.
    """

    def __init__(self, editors: Editors, share: Path) -> None:
        self.editors = editors
        self.share = share
        self.home = share / "home"
        self.display = ""
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        runtime = self.home / "run"
        runtime.mkdir(parents=True)
        runtime.chmod(0o700)
        self._open_screen()
        return self

    def _open_screen(self) -> None:
        # The server tells its number through a fifo, which reaches into roots and containers.
        answer = self.share / "display"
        os.mkfifo(answer)
        options = f"-screen 0 {SCREEN} -nolisten tcp -noreset"
        with (self.share / "xvfb.log").open("wb") as log:
            self._server = self.start(
                ["sh", "-c", f"exec Xvfb -displayfd 3 {options} 3>'{answer}'"], log
            )
        number = answer.read_text().strip()
        answer.unlink()
        if not number:
            raise RuntimeError(f"no screen: {(self.share / 'xvfb.log').read_text()}")
        self.display = f":{number}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.terminate()
        self._server.wait(timeout=20)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a fresh user who sits before this screen."""
        home = str(self.home)
        return {
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/.config",
            "XDG_DATA_HOME": f"{home}/.local/share",
            "XDG_CACHE_HOME": f"{home}/.cache",
            "XDG_STATE_HOME": f"{home}/.local/state",
            "XDG_RUNTIME_DIR": f"{home}/run",
            "DISPLAY": self.display,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }

    def start(
        self, argv: Sequence[str], log: IO[bytes], extra: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program before this screen; what it says goes to ``log``."""
        command = self.editors.command(argv, {**self.environ, **(extra or {})}, self.share)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, argv: Sequence[str], timeout: float = 60) -> str:
        """Run a tool before this screen (xdotool, import) and return what it printed."""
        command = self.editors.command(argv, self.environ, self.share)
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=timeout
        ).stdout

    def screenshot(self, path: Path) -> None:
        """Save the whole screen; ``path`` lies in ``share``."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self.run(["import", "-window", "root", str(path)])
