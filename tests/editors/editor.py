"""A real editor, started once, doing what tests ask."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.editors.desktop import Desktop

START_S = 900


class SceneError(AssertionError):
    """A scene failed inside the editor; the message is its traceback there."""


class Editor(ABC):
    """A running editor with the packed plugin and the tests' hand in it, which takes one caller."""

    name: ClassVar[str]

    def __init__(self, desktop: Desktop, environ: Mapping[str, str]) -> None:
        self.share = desktop.share
        self.desktop = desktop
        self._environ = environ

    @property
    def port(self) -> Path:
        """Where the hand writes the port it listens on."""
        return self.share / f"{self.name.lower()}.port"

    @property
    def _log(self) -> Path:
        return self.share / f"{self.name.lower()}.log"

    @property
    def log(self) -> str:
        """What the editor printed so far."""
        return self._log.read_text(errors="replace")

    def _start(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self.port.unlink(missing_ok=True)
        with self._log.open("wb") as log:
            self._process = self.desktop.start(argv, log, environ)
        self._peer = self._connect()
        self._lines = self._peer.makefile("rw", encoding="utf-8", newline="\n")

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + START_S
        while not self.port.exists():
            if not self.alive or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.log}")
            time.sleep(0.05)
        return socket.create_connection(("127.0.0.1", int(self.port.read_text())))

    def play(self, scene: str, **args: Any) -> Any:
        """Run ``module.function`` of the hand and return what it returns.

        Raises ``SceneError`` with the traceback if it fails, or with the log if the editor died.
        """
        self._lines.write(json.dumps({"scene": scene, "args": args}) + "\n")
        self._lines.flush()
        line = self._lines.readline()
        if not line:
            code = self._process.wait(20)
            raise SceneError(f"{self.name} is gone ({code}):\n{self.log[-4000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise SceneError(answer["error"])
        return answer["value"]

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(20)

    @abstractmethod
    def quit(self) -> int:
        """Quit as a user does, leaving nothing unsaved, and return the exit code."""

    def __enter__(self) -> Self:
        self.start()
        return self

    @abstractmethod
    def start(self) -> None:
        """Start it; ``RuntimeError`` with its log if it does not come up."""

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
