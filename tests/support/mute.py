"""A client that makes a call and reads nothing of the answer, nor closes its connection."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import h2.config
import h2.connection
import h2.events
import h2.settings
from google.protobuf.message import Message

from tests.support.daemon import GUARD


@asynccontextmanager
async def mute_call(
    address: str, method: str, request: Message, metadata: Iterable[tuple[str, str]]
) -> AsyncIterator[None]:
    """The call, once its answer has begun; no byte of a message is let through."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    connection.local_settings = h2.settings.Settings(
        initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0}
    )
    connection.initiate_connection()
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": method,
        ":authority": address,
        "content-type": "application/grpc",
        "te": "trailers",
    }
    connection.send_headers(1, [*headers.items(), *metadata])
    data = request.SerializeToString()
    connection.send_data(1, struct.pack(">?I", False, len(data)) + data, end_stream=True)
    begun = False
    try:
        async with asyncio.timeout(GUARD):
            while not begun:
                writer.write(connection.data_to_send())
                events = connection.receive_data(await reader.read(1 << 16))
                begun = any(isinstance(event, h2.events.ResponseReceived) for event in events)
        yield
    finally:
        writer.close()
