"""The life of an engine host, seen from the daemon: from its beginning to its exit."""

from __future__ import annotations

import asyncio
import multiprocessing
import queue
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

from sfumato.engines import worker
from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Command, Report, Shutdown
from sfumato.engines.pipe import FRAME_BYTES, Nonsense, decode_report, encode

_CLOSED_BUT_ALIVE = 1.0
"""Seconds a process gets to exit after it closed its pipe."""


class Life(ABC):
    """One life of an engine host, wherever it runs. All its methods belong to the event loop.

    Threads speak with the host, because one that is stopped, stuck or away lets both reading and
    writing block, and the event loop never does. Everything they learn arrives in the loop.
    """

    def __init__(self, name: str, on_report: OnReport, on_exit: OnExit) -> None:
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._on_report = on_report
        self._on_exit = on_exit
        self._exited = asyncio.Event()
        self._outbox: queue.SimpleQueue[Command | None] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        """Its process, if that is one of this computer."""
        return None

    def send(self, command: Command) -> None:
        """Tell the host; a dead one will be known by its exit."""
        self._outbox.put(command)

    @abstractmethod
    def kill(self) -> None:
        """End it now. Its exit is reported like any other."""

    async def leave(self, seconds: float) -> None:
        """Ask it to end, and end it if it has not done so in time."""
        self.send(Shutdown())
        try:
            await asyncio.wait_for(self._exited.wait(), seconds)
        except TimeoutError:
            self.kill()
            # A process stuck in a driver survives even this until the driver lets go of it.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._exited.wait(), seconds)

    def _thread(self, target: Callable[[], None]) -> threading.Thread:
        name = f"{self._name}{target.__name__}"
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    def _reported(self, report: Report) -> None:
        """From a thread: the host has said this."""
        self._in_loop(self._on_report, self, report)

    def _ended(self, reason: str) -> None:
        """From a thread: the host is no more."""
        self._in_loop(self._gone, reason)

    def _gone(self, reason: str) -> None:
        self._exited.set()
        self._on_exit(self, reason)

    def _in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        # After the loop's end there is nobody to tell.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)


OnReport = Callable[[Life, Report], None]
OnExit = Callable[[Life, str], None]
Launch = Callable[[EngineSpec, float, OnReport, OnExit], Life]
"""Begin a life: the spec, the seconds between heartbeats, and who is told in the event loop of its
reports, and of its exit with a reason. ``OSError`` if that cannot even be tried."""


class HostProcess(Life):
    """A spawned engine host."""

    def __init__(
        self, spec: EngineSpec, heartbeat: float, on_report: OnReport, on_exit: OnExit
    ) -> None:
        super().__init__(f"sfumato-{spec.name}", on_report, on_exit)
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=worker.main,
            args=(theirs, spec, heartbeat),
            name=self._name,
            daemon=True,
        )
        self._process.start()
        theirs.close()  # Else its death would not be the end of the pipe.
        self._writer = self._thread(self._write)
        self._thread(self._read)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def _read(self) -> None:
        reason = None
        try:
            while True:
                report = decode_report(self._connection.recv_bytes(FRAME_BYTES))
                self._reported(report)
        except Nonsense as nonsense:
            reason = f"it sent {nonsense}"
        except (EOFError, ConnectionError):
            pass  # It ended, or will be ended below; its exit code tells more.
        except OSError as error:
            reason = f"its pipe broke ({error})"
        if reason:
            self._process.kill()
        self._process.join(_CLOSED_BUT_ALIVE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._outbox.put(None)
        self._writer.join()
        self._connection.close()
        self._ended(reason or how_it_ended(self._process.exitcode))

    def _write(self) -> None:
        # A broken pipe is the reader's to report; it sees the end of the process, too.
        with suppress(OSError):
            while (command := self._outbox.get()) is not None:
                self._connection.send_bytes(encode(command))


def how_it_ended(exitcode: int | None) -> str:
    """An exit code in words."""
    if exitcode is None or exitcode == 0:
        return "it left"
    if exitcode > 0:
        return f"it ended with exit code {exitcode}"
    try:
        return f"it was ended by {signal.Signals(-exitcode).name}"
    except ValueError:
        return f"it was ended by signal {-exitcode}"
