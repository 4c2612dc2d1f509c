"""A job's life as its client sees it: one stream of events over as many connections as it takes.

The connection may break at any moment: the daemon restarts, a laptop sleeps, a cable is pulled.
The job goes on there, so the client attaches again. When the daemon does not know the job any more,
or the line broke before it accepted, the client sends the edit again under the same request id,
which the daemon takes as the same job. Results that arrived whole are not told twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import NamedTuple

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sfumato_client.chunks import Chunk, Pieces
from sfumato_client.download import Assembler
from sfumato_client.duplex import converse
from sfumato_client.errors import Cancelled, JobFailed, Protocol, SfumatoError, Unavailable
from sfumato_client.events import Accepted, Done, Event, Reconnecting
from sfumato_client.link import Link
from sfumato_client.result import Expected
from sfumato_client.status import LOST, error_of_loss, error_of_status, is_loss
from sfumato_client.stopwatch import Stopwatch
from sfumato_client.trace import trace_id
from sfumato_client.upload import Upload
from sfumato_client.wire import inpainting_pb2

# Events that wait for a slow reader; beyond that the daemon is made to wait.
WAITING_EVENTS = 32
# How often the same pixels are sent again after the daemon forgot an accepted job.
RESENDS = 2


class _End(NamedTuple):
    """The last thing in a job's queue."""

    error: SfumatoError | None


class Job:
    """A running edit. Iterate over it once for its events; a typed error ends a failed job.

    ``id`` is empty until the daemon has accepted. ``trace`` names the trace (32 hexadecimal digits)
    under which the daemon's watchers see the edit; empty for a job of an earlier session.
    """

    def __init__(
        self,
        link: Link,
        expected: Expected,
        *,
        upload: Upload | None = None,
        job_id: str = "",
        on_disconnect: int = 0,
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self.id = job_id
        self.trace = trace_id(upload.header.traceparent) if upload else ""
        self._link = link
        self._upload = upload
        self._stopwatch = stopwatch
        self._on_disconnect = on_disconnect
        self._assembler = Assembler(expected)
        self._events: asyncio.Queue[Event | _End] = asyncio.Queue(WAITING_EVENTS)
        self._answered = asyncio.Event()
        self._end: _End | None = None
        self._cancel_wanted = False
        self._sent_whole = False
        self._heard = False
        self._done = False
        self._attempt = 0
        self._last_heard = self._connected_at = 0.0
        self._task = asyncio.ensure_future(self._follow())
        self._task.add_done_callback(self._finish)

    async def accepted(self) -> Job:
        """Wait until the daemon holds the job; raise what kept it from that."""
        await self._answered.wait()
        if not self._heard and self._end is not None and self._end.error is not None:
            raise self._end.error
        return self

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        if self._end is not None and self._events.empty():
            item: Event | _End = self._end
        else:
            item = await self._events.get()
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        raise StopAsyncIteration

    async def cancel(self) -> None:
        """End the job; iteration then raises ``Cancelled``, unless the job was done before.

        Raises ``Unavailable`` if the daemon is away; it is asked again once it is back.
        """
        self._cancel_wanted = True
        if self.id:
            await self._link.cancel(self.id)
        elif not self._sent_whole:  # else it may be accepted by now, and is cancelled then
            self._task.cancel()

    def when_ended(self, callback: Callable[[Job], object]) -> None:
        """Call back on the event loop once the job is over for this client."""
        self._task.add_done_callback(lambda _: callback(self))

    async def close(self) -> None:
        """Stop listening. What becomes of the job is up to its ``on_disconnect``."""
        self._task.cancel()
        await asyncio.wait({self._task})

    def _finish(self, task: asyncio.Future[None]) -> None:
        """Put the end into the queue, whatever it is."""
        fault = None if task.cancelled() else task.exception()
        error: SfumatoError | None = None
        if task.cancelled():
            error = Cancelled("The edit was given up before the daemon was done with it.")
        elif isinstance(fault, SfumatoError):
            error = fault
        elif fault is not None:
            error = JobFailed(f"The client failed while it followed the job: {fault!r}")
            error.__cause__ = fault
        self._upload = None
        self._end = _End(error)
        self._answered.set()
        if not self._events.full():
            self._events.put_nowait(self._end)

    async def _follow(self) -> None:
        """Open one stream after another until the job has ended."""
        loop = asyncio.get_running_loop()
        self._last_heard = loop.time()
        resends = 0
        while (lost := await self._lost()) is not None:
            if self._forgotten(lost) and resends < RESENDS:
                self.id = ""
                resends += 1
                continue
            self._raise_if_final(lost)
            if loop.time() - self._last_heard > self._link.patience.in_all:
                raise self._gone() from lost
            await self._pause(lost)

    async def _lost(self) -> BaseException | None:
        """Listen to one stream; return what broke it, or None once the job is done."""
        try:
            await self._listen()
        except (GRPCError, *LOST) as error:
            return error
        return None

    async def _listen(self) -> None:
        """Send the edit, or attach to the job the daemon has, and pass on what it says."""
        self._connected_at = asyncio.get_running_loop().time()
        if self.id and self._cancel_wanted:
            await self._link.cancel(self.id)
        stub = self._link.stub
        replies = (
            converse(self._link, stub.Attach, [self._attachment()])
            if self.id or self._upload is None
            else converse(self._link, stub.Inpaint, self._requests(self._upload))
        )
        async with aclosing(replies):  # type: ignore[type-var]
            async for message in replies:
                await self._pass_on(message)
        if not self._done:
            raise Protocol("The daemon ended the stream without saying how the job ended.")

    async def _pass_on(self, message: inpainting_pb2.InpaintEvent | Chunk) -> None:
        """Put the event that a message completes into the queue."""
        self._last_heard = asyncio.get_running_loop().time()
        if self._last_heard - self._connected_at > self._link.patience.longest:
            self._attempt = 0  # the line holds; before, it may be one that breaks at once again
        event = self._assembler.take(message)
        if isinstance(event, Accepted):
            self.id = event.job_id
            if self._cancel_wanted:
                await self._link.cancel(self.id)
        if event is not None:
            await self._events.put(event)
        self._done = isinstance(event, Done)
        self._heard = True
        self._answered.set()

    async def _pause(self, cause: BaseException) -> None:
        """Wait before the next attempt, and say so."""
        if self._cancel_wanted and not self.id:
            raise Cancelled("The edit was cancelled before the daemon had taken it.")
        self._sent_whole = False
        self._assembler.restart()
        delay = self._link.patience.delay(self._attempt)
        self._attempt += 1
        reason = error_of_loss(cause, self._link.endpoint.address).message
        if not self._events.full():
            self._events.put_nowait(Reconnecting(self._attempt, delay, reason))
        await asyncio.sleep(delay)

    def _forgotten(self, error: BaseException) -> bool:
        """Whether the daemon does not know the job any more while its pixels are still here."""
        unknown = isinstance(error, GRPCError) and error.status is Status.NOT_FOUND
        return unknown and bool(self.id) and self._upload is not None

    def _raise_if_final(self, error: BaseException) -> None:
        """Raise our error for what another attempt would not mend."""
        if isinstance(error, GRPCError) and not is_loss(error):
            raise error_of_status(error) from error
        if isinstance(error, ConnectionRefusedError) and not self._heard:
            raise error_of_loss(error, self._link.endpoint.address) from error

    def _gone(self) -> Unavailable:
        address, seconds = self._link.endpoint.address, self._link.patience.in_all
        return Unavailable(
            f"The daemon at {address} went away and did not come back within {seconds:.0f} "
            "seconds. Restart it and try again; the picture is unchanged."
        )

    def _attachment(self) -> inpainting_pb2.AttachRequest:
        return inpainting_pb2.AttachRequest(
            job_id=self.id,
            on_disconnect=self._on_disconnect,  # type: ignore[arg-type]
            first_variation=self._assembler.whole_variations,
        )

    def _requests(self, upload: Upload) -> Iterator[inpainting_pb2.InpaintRequest | Pieces]:
        self._sent_whole = False
        if self._stopwatch is not None and not self._stopwatch.sent:
            self._stopwatch.sent = time.monotonic()
        yield from upload.requests()
        self._sent_whole = True
