"""The streams that run: sent with patience for slow readers, and ended from here when need be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from grpc import StatusCode
from grpc.aio import ServicerContext

from sfumato.service.status import Refusal, going_away

# Generic to type checkers alone.
Context: TypeAlias = "ServicerContext[Any, Any]"

_ENDLESS = "/sfumato.v1.Inpainting/WatchQueue", "/grpc.health.v1.Health/Watch"

Events: TypeAlias = AsyncIterator[object] | Awaitable[object]
"""What a streaming method makes: its events, or work that writes them to the context by itself."""


@dataclass(slots=True)
class _Stream:
    """A stream, and what its client hears if it is ended before its time."""

    method: str
    owner: str
    ending: Refusal


class Streams:
    """A client that stops reading is given up after ``stall_seconds``; it holds one event then."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._running: dict[asyncio.Timeout, _Stream] = {}

    async def send(self, events: Events, context: Context, method: str, owner: str) -> None:
        """Send all events; a ``Refusal`` if that is ended or the client does not read."""
        scope = asyncio.timeout(None)
        stream = _Stream(method, owner, going_away())
        try:
            async with scope:
                self._running[scope] = stream
                if isinstance(events, Awaitable):
                    await events
                else:
                    await self._send(events, context)
        except TimeoutError:
            if scope.expired():
                raise stream.ending from None
            raise
        finally:
            self._running.pop(scope, None)

    def end_watches(self) -> None:
        """End the streams that would never end by themselves."""
        self._end(lambda stream: stream.method in _ENDLESS, going_away())

    def end_all(self) -> None:
        """End the streams that remain; their clients find out that the daemon went away."""
        self._end(lambda _: True, going_away())

    def end_of(self, owners: Callable[[str], bool], ending: Refusal) -> None:
        """End the streams of some owners, who hear why."""
        self._end(lambda stream: owners(stream.owner), ending)

    def _end(self, which: Callable[[_Stream], bool], ending: Refusal) -> None:
        for scope, stream in list(self._running.items()):
            if which(stream):
                del self._running[scope]  # It cannot be ended twice.
                stream.ending = ending
                scope.reschedule(0)

    async def _send(self, events: AsyncIterator[object], context: Context) -> None:
        # Closed here, so that a vanished client unwinds `events` now and not in the garbage
        # collector's time.
        async with aclosing(cast("Any", events)):
            async for event in events:
                try:
                    async with asyncio.timeout(self._stall_seconds):
                        await context.write(event)
                except TimeoutError:
                    raise Refusal(
                        StatusCode.DEADLINE_EXCEEDED,
                        "READER_STALLED",
                        f"The client read nothing for {self._stall_seconds:g} seconds. Attach to "
                        "the job again to get what is missing.",
                    ) from None
