"""A daemon that is kept running on one state directory, and killed."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import psutil

from sfumato_client.endpoint import Endpoint
from tests.support.daemon import GUARD, READY, start


class Victim(StrEnum):
    """What dies."""

    DAEMON = "daemon"
    HOST = "engine host"


class Keeper:
    """Keeps a daemon running on one state directory, and kills it."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self._state = state
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Keeper:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.terminate()
        self._process.wait(GUARD)
        self._process.stdout.close()

    @property
    def endpoint(self) -> Endpoint:
        """Where it is and how to be let in."""
        return Endpoint(self.address, (self._state / "token").read_text().strip())

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What opens it."""
        return (("authorization", f"Bearer {self.endpoint.token}"),)

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self._process = start(self._state, *self._arguments, OMP_NUM_THREADS="1")
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(READY), (line, (self._state / "log").read_text())
        self.address = line.removeprefix(READY).strip()

    @property
    def family(self) -> list[psutil.Process]:
        """The daemon's process and its children's."""
        assert self._process is not None
        daemon = psutil.Process(self._process.pid)
        return [daemon, *daemon.children(recursive=True)]

    def kill(self, victim: Victim) -> None:
        """End it or its hosts at once, and start it again."""
        assert self._process is not None and self._process.stdout is not None
        if victim is Victim.DAEMON:
            self._process.kill()
            self._process.wait(GUARD)
            self._process.stdout.close()
            self.start()
            return
        for child in psutil.Process(self._process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if any("spawn_main" in word for word in child.cmdline()):
                    child.kill()


def memory_of(processes: list[psutil.Process]) -> float:
    """What they alone hold, in MB: it does not change with what others on the machine do."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().uss
    return total / 2**20


def files_of(processes: list[psutil.Process]) -> int:
    """Open file descriptors (handles on Windows) together."""
    count = "num_handles" if psutil.WINDOWS else "num_fds"
    return sum(getattr(process, count)() for process in processes)
