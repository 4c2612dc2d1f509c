"""HTTP/2 as grpclib speaks it, with the way of the pixels shortened and GOAWAY taken calmly.

grpclib and h2 are right, but made for small messages: a picture is copied about eight times on its
way out and six times on its way in, each frame is turned into text for a log that nobody reads, and
a server's announcement of its end (GOAWAY) drops all running calls. The classes here are what
grpclib builds a connection from, subclassed. Nothing is patched in place: another plugin's grpclib
in the same process is left alone, and the private copy inside a packed plugin works the same.

- ``Wire`` greets with frames of 1 MiB instead of 16 KiB and windows that hold several of them.
- ``PixelStream`` sends a message that lies in several places, and hands one out that came in
  several pieces, without joining them.
- ``Http2.receive_data`` passes the payload of DATA frames on as it comes, as views of what the
  socket gave, without collecting frames; h2's accounting of windows and states stays in charge.
- ``Http2._receive_goaway_frame`` and ``Events`` let running calls end in peace after a GOAWAY
  without an error and send only new ones over a new connection (RFC 9113, section 6.8), and let
  replies be read that came right before the connection's end.
"""

from __future__ import annotations

import asyncio
import struct
from asyncio import BaseTransport, Future, Transport
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

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
from h2.connection import ConnectionInputs, H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event, RemoteSettingsChanged
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings
from h2.stream import StreamInputs
from hyperframe.frame import DataFrame, Frame, GoAwayFrame

from sfumato_client.inbox import Inbox

FRAME_BYTES = 1 << 20
_HEAD = struct.Struct(">HBBBL")
_DATA, _END_STREAM, _PADDED = 0x0, 0x1, 0x8


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


class Http2(H2Connection):
    """h2's state machine, with a shorter way for the payload of DATA frames."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._split = b""
        self._data_stream = self._data_left = 0
        self._data_ends = False

    def data_head(self, stream_id: int, size: int, *, end_stream: bool) -> bytes:
        """Account for a DATA frame to be sent and return its head; its payload follows as it is."""
        self.state_machine.process_input(ConnectionInputs.SEND_DATA)
        stream = self.streams[stream_id]
        stream.state_machine.process_input(StreamInputs.SEND_DATA)
        if end_stream:
            stream.state_machine.process_input(StreamInputs.SEND_END_STREAM)
        stream.outbound_flow_control_window -= size
        self.outbound_flow_control_window -= size
        flags = _END_STREAM if end_stream else 0
        return _HEAD.pack(size >> 8, size & 0xFF, _DATA, flags, stream_id)

    def receive_data(self, data: Any) -> list[Event]:
        """Take in what the socket gave: DATA piece by piece, every other frame through h2."""
        events: list[Event] = []
        view = memoryview(self._split + data if self._split else data)
        self._split = b""
        while view:
            if self._data_left:
                piece, view = view[: self._data_left], view[self._data_left :]
                events += self._receive_piece(piece)
                continue
            if len(view) < _HEAD.size:
                break
            high, low, kind, flags, stream_id = _HEAD.unpack_from(view)
            length = high << 8 | low
            if self._passes_through(kind, flags, stream_id, length):
                self._data_stream, self._data_left = stream_id, length
                self._data_ends = bool(flags & _END_STREAM)
                view = view[_HEAD.size :]
            elif length > self.max_inbound_frame_size or len(view) >= _HEAD.size + length:
                events += super().receive_data(view[: _HEAD.size + length])
                view = view[_HEAD.size + length :]
            else:
                break
        self._split = bytes(view)
        return events

    def _passes_through(self, kind: int, flags: int, stream_id: int, length: int) -> bool:
        """Whether a frame is plain DATA for a stream that is there, as nearly all are."""
        plain = kind == _DATA and not flags & _PADDED
        fits = 0 < length <= self.max_inbound_frame_size
        return plain and fits and stream_id in self.streams

    def _receive_piece(self, piece: memoryview) -> list[Event]:
        """Take a part of a DATA frame as if it were a whole one."""
        self._data_left -= len(piece)
        frame = DataFrame(self._data_stream, cast("bytes", piece))
        if self._data_ends and not self._data_left:
            frame.flags.add("END_STREAM")
        try:
            frames, events = self._receive_data_frame(frame)
        except ProtocolError as error:
            self._terminate_connection(error.error_code)
            raise
        self._prepare_for_sending(frames)
        return events

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        if frame.error_code != ErrorCodes.NO_ERROR:
            return super()._receive_goaway_frame(frame)
        event = ConnectionTerminated()
        event.error_code = ErrorCodes.NO_ERROR
        event.last_stream_id = frame.last_stream_id
        return [], [event]


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
