"""h2's state machine with the way of the pixels shortened and GOAWAY taken calmly.

h2 is right, but made for small messages: it copies each payload several times and turns each frame
into text for a log that nobody reads.

- ``Http2.data_head`` accounts for a DATA frame whose payload is sent from where it lies.
- ``Http2.receive_data`` passes the payload of DATA frames on as it comes, as views of what the
  socket gave, without collecting frames; h2's accounting of windows and states stays in charge.
- A GOAWAY without an error leaves the connection open, so that running calls can end (RFC 9113,
  section 6.8).
"""

from __future__ import annotations

import struct
from typing import Any, cast

from h2.connection import ConnectionInputs, H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event
from h2.exceptions import ProtocolError
from h2.stream import StreamInputs
from hyperframe.frame import DataFrame, Frame, GoAwayFrame

_HEAD = struct.Struct(">HBBBL")
_DATA, _END_STREAM, _PADDED = 0x0, 0x1, 0x8


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
