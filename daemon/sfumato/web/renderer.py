"""Where pictures are drawn: a process of its own, so that the daemon carries no pixel libraries.

It starts with the first picture that somebody looks at, and leaves when nobody has for a while. It
also leaves when the daemon is gone, as its pipe ends then.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import pickle
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from grpc import StatusCode

from sfumato.service.status import Refusal, not_found
from sfumato.web import drawer
from sfumato.web.drawings import Drawing

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

log = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
_PATIENCE = 60.0
"""Seconds for one picture; the largest windows take a few."""


class Renderer:
    """Draws one picture after the other. All methods belong to the event loop."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._turn = asyncio.Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """Its process id, while it is there."""
        return self._process.pid if self._process else None

    async def draw(self, drawing: Drawing) -> bytes:
        """The bytes of a picture file; a ``Refusal`` if it cannot be drawn."""
        # Whoever asked may be gone before it is drawn, and the next one needs its answer read.
        return await asyncio.shield(asyncio.ensure_future(self._draw(drawing)))

    async def close(self) -> None:
        """End the process, and with it what is being drawn."""
        self._closed = True
        self._end()
        async with self._turn:
            self._end()

    async def _draw(self, drawing: Drawing) -> bytes:
        async with self._turn:
            if self._closed:
                raise _broken()
            if self._leaving is not None:
                self._leaving.cancel()
            if self._connection is None:
                self._connection = await asyncio.to_thread(self._start)
            try:
                async with asyncio.timeout(_PATIENCE):
                    drawn = await asyncio.to_thread(_ask, self._connection, drawing)
            except (TimeoutError, EOFError, OSError) as error:
                log.warning("a picture could not be drawn: %s", error or "the process ended")
                self._end()
                raise _broken() from None
            loop = asyncio.get_running_loop()
            self._leaving = loop.call_later(self._idle_seconds, self._end)
        status, data = drawn[:1], drawn[1:]
        if status == drawer.GONE:
            raise not_found("PICTURES_GONE", "The daemon no longer has the pictures of this job.")
        if status == drawer.FAILED:
            log.error("a picture could not be drawn: %s", data.decode())
            raise _broken()
        return data

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        connection, theirs = context.Pipe()
        process = context.Process(
            target=drawer.main, args=(theirs,), name="sfumato-pictures", daemon=True
        )
        process.start()
        theirs.close()  # Else its death would not be the end of the pipe.
        self._process = process
        return connection

    def _end(self) -> None:
        process, self._process = self._process, None
        # Not closed here, as a thread may be reading it; it closes when nobody holds it.
        self._connection = None
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if process is not None:
            process.kill()
            process.join()


def _ask(connection: Connection, drawing: Drawing) -> bytes:
    connection.send_bytes(pickle.dumps(drawing))
    return connection.recv_bytes()


def _broken() -> Refusal:
    return Refusal(
        StatusCode.INTERNAL, "NOT_DRAWN", "The picture could not be drawn; the log tells more."
    )
