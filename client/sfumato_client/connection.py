"""A connection as grpclib keeps it, for pixels, and with a graceful end.

grpclib is right, but made for small messages: with h2 a picture is copied about eight times on its
way out and six times on its way in, and a server's announcement of its end (GOAWAY) drops all
running calls. The classes here are what grpclib builds a connection from, subclassed. Nothing is
patched in place: another plugin's grpclib in the same process is left alone, and the private copy
inside a packed plugin works the same.

- ``Wire`` greets with frames of 1 MiB instead of 16 KiB and windows that hold several of them.
- ``PixelStream`` sends a message that lies in several places, and hands one out that came in
  several pieces, without joining them.
- ``Events`` lets running calls end in peace after a GOAWAY without an error and sends only new
  ones over a new connection (RFC 9113, section 6.8), and lets replies be read that came right
  before the connection's end.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseTransport, Future, Transport
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from grpclib.exceptions import StreamTerminatedError
from grpclib.protocol import (
    AbstractHandler,
    Connection,
    EventsProcessor,
    H2Protocol,
    Peer,
    Stream,
)
from grpclib.utils import Wrapper
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, RemoteSettingsChanged
from h2.settings import SettingCodes, Settings

from sfumato_client.http2 import Http2
from sfumato_client.inbox import Inbox

FRAME_BYTES = 1 << 20


class Wire(H2Protocol):
    """A new connection."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Greet the server with our settings, which are in force from the first byte on."""
        http2 = Http2(config=self.h2_config)
        http2.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.MAX_FRAME_SIZE: FRAME_BYTES,
                SettingCodes.INITIAL_WINDOW_SIZE: self.config.http2_stream_window_size,
            },
        )
        http2.max_inbound_frame_size = FRAME_BYTES
        http2.initiate_connection()
        http2.increment_flow_control_window(
            self.config.http2_connection_window_size - http2.inbound_flow_control_window
        )
        self.connection = Line(http2, cast("Transport", transport), config=self.config)
        self.connection.flush()
        self.processor = Events(self.handler, self.connection)

    @property
    def greeted(self) -> Future[bool]:
        """Whether the peer said hello, as an HTTP/2 server does first, before it was gone."""
        return cast("Events", self.processor).greeted


class Line(Connection):
    """A connection of pixel streams, which may be closed at any moment.

    grpclib takes its socket away then; what comes too late ends as any broken call does, and
    replies that are here already can still be read.
    """

    def create_stream(
        self, *, stream_id: int | None = None, wrapper: Wrapper | None = None
    ) -> Stream:
        """Prepare a stream."""
        self._raise_if_closed()
        return PixelStream(
            self, self._connection, self._transport, stream_id=stream_id, wrapper=wrapper
        )

    def get_peer(self) -> Peer:
        """Tell who is at the other end."""
        self._raise_if_closed()
        return super().get_peer()

    def ack(self, stream_id: int, size: int) -> None:
        """Tell the peer that it may send more, if it is still there."""
        if not self.is_closing():
            super().ack(stream_id, size)

    def flush(self) -> None:
        """Send what h2 has to say, if somebody is still there."""
        if not self.is_closing():
            super().flush()

    def _raise_if_closed(self) -> None:
        if self.is_closing():
            raise StreamTerminatedError("The connection was closed")


class PixelStream(Stream):
    """A stream that sends views of memory as they are, and receives into an ``Inbox``."""

    buffer: Inbox  # type: ignore[assignment]

    def init_stream(self, stream_id: int, connection: Connection) -> None:
        """Begin to receive."""
        super().init_stream(stream_id, connection)
        self.buffer = Inbox(partial(connection.ack, stream_id))

    async def send_data(self, data: bytes, end_stream: bool = False) -> None:
        """Send bytes, in as many frames as the windows ask for."""
        await self.send_pieces([data], end_stream=end_stream)

    async def send_pieces(
        self, pieces: Sequence[bytes | memoryview], *, end_stream: bool = False
    ) -> None:
        """Send pieces, one after the other."""
        assert self.id is not None
        http2 = cast("Http2", self._h2_connection)
        waiting = [memoryview(piece) for piece in pieces]
        left = sum(map(len, waiting))
        while True:
            await self.connection.write_ready.wait()
            window = http2.local_flow_control_window(self.id)
            if window <= 0:
                self.window_updated.clear()
                await self.window_updated.wait()
                continue
            size = min(window, http2.max_outbound_frame_size, left)
            left -= size
            head = http2.data_head(self.id, size, end_stream=end_stream and not left)
            self._transport.writelines([head, *_take(waiting, size)])
            self.connection.data_send_process()
            if not left:
                return


class Events(EventsProcessor):
    """What grpclib does about the peer's events, with a graceful end."""

    _draining = False

    def __init__(self, handler: AbstractHandler, connection: Connection) -> None:
        super().__init__(handler, connection)
        self.greeted: Future[bool] = asyncio.get_running_loop().create_future()

    def process_remote_settings_changed(self, event: RemoteSettingsChanged) -> None:
        """Note that an HTTP/2 server is there."""
        super().process_remote_settings_changed(event)
        self._greet(True)

    def _greet(self, here: bool) -> None:
        if not self.greeted.done():
            self.greeted.set_result(here)

    def process_connection_terminated(self, event: ConnectionTerminated) -> None:
        """Let running streams end, and send new calls to a new connection."""
        if event.error_code != ErrorCodes.NO_ERROR:
            super().process_connection_terminated(event)
            return
        self._draining = True
        self.handler.connection_lost = True  # type: ignore[attr-defined]
        last = event.last_stream_id or 0
        for stream_id, stream in list(self.streams.items()):
            if stream_id > last:
                stream.__terminated__("The daemon is going away and did not take this call")
        self._close_when_drained()

    def register(self, stream: Stream) -> Callable[[], None]:
        """Note a running stream; the function returned forgets it."""
        release = super().register(stream)

        def release_and_close() -> None:
            release()
            self._close_when_drained()

        return release_and_close

    def close(self, reason: str = "Connection closed") -> None:
        """End all streams but those that have arrived whole: a server may say all and leave."""
        self._greet(False)
        whole = {key: stream for key, stream in self.streams.items() if _inbox(stream).ended}
        for key in whole:
            del self.streams[key]
        super().close(reason)
        self.streams.update(whole)

    def _close_when_drained(self) -> None:
        if self._draining and not self.streams and not self.connection.is_closing():
            self.close("The daemon went away")


def _inbox(stream: Stream) -> Inbox:
    return cast("PixelStream", stream).buffer


def _take(waiting: list[memoryview], size: int) -> list[memoryview]:
    """Take so many bytes off the front of what waits."""
    taken = []
    while size:
        first = waiting[0]
        taken.append(first[:size])
        if len(first) > size:
            waiting[0] = first[size:]
        else:
            del waiting[0]
        size -= len(taken[-1])
    return taken
