"""A channel to one daemon: grpclib's, over our connection, with bounded replies and our trust."""

from __future__ import annotations

import asyncio
import ssl
import struct
from typing import Any, cast

from google.protobuf.message import DecodeError
from grpclib.client import Channel as GrpclibChannel
from grpclib.client import Handler
from grpclib.client import Stream as GrpclibCall
from grpclib.config import Configuration
from grpclib.const import Cardinality
from grpclib.metadata import Deadline
from grpclib.protocol import H2Protocol
from multidict import MultiDict

from sfumato_client import tls
from sfumato_client.chunks import Pieces, decoded
from sfumato_client.connection import PixelStream, Wire
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import Protocol

# A call whose reader is slow fills its own window, never the connection's: others go on. A window
# holds more than one message.
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
            config=Configuration(
                http2_connection_window_size=CONNECTION_WINDOW,
                http2_stream_window_size=STREAM_WINDOW,
            ),
        )
        self._scheme = "https" if endpoint.encrypted else "http"

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
        return await asyncio.wait_for(self._connected_to_daemon(), CONNECT_SECONDS)

    async def _connected_to_daemon(self) -> H2Protocol:
        """Connect, and make sure that a token can be sent: it travels with the calls."""
        if self._endpoint.encrypted:
            try:
                # Anew each time, as the daemon may have got another certificate.
                self._ssl = await tls.context(self._endpoint)
                return await super()._create_connection()
            except ssl.SSLError as error:
                raise tls.told(error, self._endpoint) from error
        protocol = cast("Wire", await super()._create_connection())
        if not await protocol.greeted:
            await tls.refuse_if_spoken(self._endpoint)
            raise ConnectionResetError("it was closed at once")
        return protocol


class Call(GrpclibCall[Any, Any]):
    """One call; replies are bounded."""

    async def __aenter__(self) -> Call:
        await super().__aenter__()
        return self

    async def send_message(self, message: Any, *, end: bool = False) -> None:
        """Send a message, or one that is encoded already as ``Pieces``."""
        if not isinstance(message, Pieces):
            await super().send_message(message, end=end)
            return
        if not self._send_request_done:
            await self.send_request()
        with self._wrapper:
            prefix = struct.pack(">?I", False, len(message.head) + len(message.body))
            stream = cast("PixelStream", self._stream)
            await stream.send_pieces([prefix + message.head, message.body], end_stream=end)
            self._send_message_done = True
            self._end_done = end

    async def recv_message(self) -> Any:
        """Receive the next reply, or None at the end.

        Raises ``Protocol`` for one above ``MESSAGE_BYTES``, before it is buffered.
        """
        if not self._recv_initial_metadata_done:
            await self.recv_initial_metadata()
        with self._wrapper:
            inbox = cast("PixelStream", self._stream).buffer
            prefix = await inbox.read(5)
            if not prefix:
                return None
            compressed, size = struct.unpack(">?I", prefix)
            if compressed:
                raise Protocol("The daemon sent a compressed message; none was offered.")
            if size > MESSAGE_BYTES:
                raise Protocol(f"The daemon sent a message of {size} bytes; 4 MiB are allowed.")
            pieces = await inbox.read_pieces(size)
            try:
                return decoded(pieces, self._recv_type)
            except DecodeError as error:
                raise Protocol(f"The daemon sent what is no message ({error}).") from error

    def check_status(self) -> None:
        """Raise ``GRPCError`` if the daemon ended the call with an error."""
        self._maybe_raise()
