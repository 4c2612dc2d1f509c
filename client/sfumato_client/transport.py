"""The HTTP/2 connection under a session: grpclib, faster, and calm when the daemon says goodbye.

grpclib and h2 are right but slow for pixels, and they drop running streams when a server announces
its end (GOAWAY). Both are mended by subclassing what grpclib builds a connection from, so nothing
is patched in place: another plugin's grpclib in the same process is left alone, and the private
copy inside a packed plugin works the same.

- ``Http2._receive_frame``: h2 builds ``repr(frame)``, a hex dump, of every frame for a log message
  that nobody reads.
- ``Wire.connection_made``: asks for frames of 1 MiB instead of 16 KiB, which is 64 times fewer to
  take apart, and for windows that hold several of them.
- ``Http2._receive_goaway_frame`` and ``Events``: after GOAWAY without an error, running streams
  end in peace and only new calls get a new connection, as RFC 9113, section 6.8 means it. ``Line``
  and ``Events.close`` let replies be read that came right before the connection's end.
- ``Call.recv_message``: refuses replies above gRPC's usual 4 MiB before they are buffered.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
import struct
from collections.abc import Callable
from typing import Any, cast

from google.protobuf.message import DecodeError
from grpclib.client import Channel as GrpclibChannel
from grpclib.client import Handler
from grpclib.client import Stream as GrpclibCall
from grpclib.config import Configuration
from grpclib.const import Cardinality
from grpclib.exceptions import StreamTerminatedError
from grpclib.metadata import Deadline
from grpclib.protocol import Connection, EventsProcessor, H2Protocol, Stream
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated
from h2.events import Event as H2Event
from h2.settings import SettingCodes, Settings
from hyperframe.frame import DataFrame, Frame, GoAwayFrame
from multidict import MultiDict

from sfumato_client.discovery import Endpoint
from sfumato_client.errors import Protocol, Unauthenticated

FRAME_BYTES = 1 << 20
# A call whose reader is slow fills its own window, never the connection's: others go on.
STREAM_WINDOW = 8 << 20
CONNECTION_WINDOW = 64 << 20
MESSAGE_BYTES = 4 << 20
CONNECT_SECONDS = 10.0


class Channel(GrpclibChannel):
    """A connection to one daemon, made at the first call and again when it was lost."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        super().__init__(
            endpoint.host,
            endpoint.port,
            ssl=_pinned_context() if endpoint.fingerprint else None,
            config=Configuration(
                http2_connection_window_size=CONNECTION_WINDOW,
                http2_stream_window_size=STREAM_WINDOW,
            ),
        )

    def reset(self) -> None:
        """Drop the connection, as after a silence; the next call makes a new one."""
        if self._protocol is not None:
            # What is still to be sent would keep a closed connection open.
            self._protocol.connection._transport.abort()
            self._protocol.processor.close("The daemon did not answer")

    def request(
        self,
        name: str,
        cardinality: Cardinality,
        request_type: type[Any],
        reply_type: type[Any],
        *,
        timeout: float | None = None,
        deadline: Deadline | None = None,
        metadata: Any = None,
    ) -> Call:
        """Prepare a call; grpclib's stubs come here."""
        if timeout is not None and deadline is None:
            deadline = Deadline.from_timeout(timeout)
        return Call(
            self,
            name,
            cast("Any", MultiDict(metadata or ())),
            cardinality,
            request_type,
            reply_type,
            codec=self._codec,
            status_details_codec=self._status_details_codec,
            dispatch=self.__dispatch__,
            deadline=deadline,
        )

    def _protocol_factory(self) -> H2Protocol:
        return Wire(Handler(), self._config, self._h2_config)

    async def _create_connection(self) -> H2Protocol:
        protocol = await asyncio.wait_for(super()._create_connection(), CONNECT_SECONDS)
        if self._endpoint.fingerprint:
            try:
                _check_certificate(protocol, self._endpoint)
            except Unauthenticated:
                protocol.processor.close("The certificate is another one")
                raise
        return protocol


class Call(GrpclibCall[Any, Any]):
    """One call; replies are bounded."""

    async def __aenter__(self) -> Call:
        await super().__aenter__()
        return self

    async def recv_message(self) -> Any:
        """Receive the next reply, or None at the end.

        Raises ``Protocol`` for one above ``MESSAGE_BYTES``, before it is buffered.
        """
        if not self._recv_initial_metadata_done:
            await self.recv_initial_metadata()
        with self._wrapper:
            prefix = await self._read(5)
            if not prefix:
                return None
            compressed, size = struct.unpack(">?I", prefix)
            if compressed:
                raise Protocol("The daemon sent a compressed message; none was offered.")
            if size > MESSAGE_BYTES:
                raise Protocol(f"The daemon sent a message of {size} bytes; 4 MiB are allowed.")
            return self._decoded(await self._read(size))

    def check_status(self) -> None:
        """Raise ``GRPCError`` if the daemon ended the call with an error."""
        self._maybe_raise()

    async def _read(self, size: int) -> bytes:
        try:
            return await self._stream.recv_data(size)
        except AssertionError as error:
            # grpclib's way to say that a stream ended inside a message.
            raise StreamTerminatedError("The stream ended in the middle of a message") from error

    def _decoded(self, data: bytes) -> Any:
        try:
            return self._codec.decode(data, self._recv_type)
        except DecodeError as error:
            raise Protocol(f"The daemon sent a message that cannot be read ({error}).") from error


class Wire(H2Protocol):
    """What grpclib builds at a new connection, from the classes below."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server with our settings."""
        http2 = Http2(config=self.h2_config)
        # In force from the first byte on, as they travel in the greeting itself.
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
        self.connection = Connection(
            http2, cast("asyncio.Transport", transport), config=self.config
        )
        self.connection.flush()
        self.processor = Events(self.handler, self.connection)


class Line(Connection):
    """A connection whose last replies may be read after it was closed."""

    def ack(self, stream_id: int, size: int) -> None:
        """Tell the peer that it may send more, if it is still there."""
        if not self.is_closing():
            super().ack(stream_id, size)


class Http2(H2Connection):
    """h2's state machine with the receiving side mended."""

    def _receive_frame(self, frame: Frame) -> list[H2Event]:
        if type(frame) is DataFrame and frame.stream_id in self.streams:
            frames, events = self._receive_data_frame(frame)
            self._prepare_for_sending(frames)
            return events
        return super()._receive_frame(frame)

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[H2Event]]:
        if frame.error_code != ErrorCodes.NO_ERROR:
            return super()._receive_goaway_frame(frame)
        event = ConnectionTerminated()
        event.error_code = ErrorCodes.NO_ERROR
        event.last_stream_id = frame.last_stream_id
        return [], [event]


class Events(EventsProcessor):
    """What grpclib does about the peer's events, with a graceful end."""

    _draining = False

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
        whole = {key: stream for key, stream in self.streams.items() if stream.buffer._eof}
        for key in whole:
            del self.streams[key]
        super().close(reason)
        self.streams.update(whole)

    def _close_when_drained(self) -> None:
        if self._draining and not self.streams and not self.connection.is_closing():
            self.close("The daemon went away")


def _pinned_context() -> ssl.SSLContext:
    """TLS whose trust is one certificate's fingerprint instead of names and authorities."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def _check_certificate(protocol: H2Protocol, endpoint: Endpoint) -> None:
    """Raise ``Unauthenticated`` unless the peer shows the pinned certificate.

    Nothing but the HTTP/2 greeting was sent until here; tokens travel with calls.
    """
    tls = protocol.connection._transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    shown = hashlib.sha256(certificate or b"").hexdigest()
    wanted = (endpoint.fingerprint or "").replace(":", "").lower()
    if not hmac.compare_digest(shown, wanted):
        raise Unauthenticated(
            f"The daemon at {endpoint.address} shows another certificate than the one it was "
            "joined with. If it was set up anew, join it again; otherwise somebody else answers."
        )
