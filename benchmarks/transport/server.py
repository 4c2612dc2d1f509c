"""The other side, in a process of its own: a raw socket's, and one of grpc.aio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc

from sfumato_client.wire import inpainting_pb2 as wire

MEBIBYTE = 1 << 20
SIZE = 16 * MEBIBYTE


def serve(ports: Any) -> None:
    """Run both servers and tell their ports."""
    raw = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_raw, args=(raw,), daemon=True).start()
    asyncio.run(serve_grpc(ports, raw.getsockname()[1]))


def serve_raw(listening: socket.socket) -> None:
    """Take 16 MiB, say so, and send 16 MiB when asked to; for ever."""
    connection, _ = listening.accept()
    buffer, data = bytearray(SIZE), os.urandom(SIZE)
    with contextlib.suppress(ConnectionError):
        while True:
            receive(connection, memoryview(buffer))
            connection.sendall(b"!")
            receive(connection, memoryview(bytearray(1)))
            connection.sendall(data)


def receive(connection: socket.socket, room: memoryview) -> None:
    """Fill all of the room; raises ``ConnectionError`` when the other side is gone."""
    while room:
        count = connection.recv_into(room)
        if not count:
            raise ConnectionError("the other side is gone")
        room = room[count:]


class Planes:
    """Swallows all planes without looking at them, then sends those of the header back.

    It works on encoded messages, so that what it does costs as little as possible; a picture that
    was sent before is answered with the messages made then.
    """

    def __init__(self) -> None:
        self._answers: dict[bytes, list[bytes]] = {}

    async def capabilities(self, request: bytes, context: Any) -> bytes:
        """The contract's version."""
        protocol = wire.ProtocolVersion(major=1)
        return wire.GetCapabilitiesResponse(protocol=protocol).SerializeToString()

    async def inpaint(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        """One edit."""
        announced = await anext(requests)
        messages = [message async for message in requests]
        accepted = wire.InpaintEvent(accepted=wire.Accepted(job_id="job"))
        yield accepted.SerializeToString()
        if announced not in self._answers:
            self._answers = {announced: list(answer(announced, messages))}
        for message in self._answers[announced]:
            yield message

    def handlers(self) -> grpc.GenericRpcHandler:
        """What the server calls."""
        return grpc.method_handlers_generic_handler(
            "sfumato.v1.Inpainting",
            {
                "GetCapabilities": grpc.unary_unary_rpc_method_handler(self.capabilities),
                "Inpaint": grpc.stream_stream_rpc_method_handler(self.inpaint),
            },
        )


def answer(announced: bytes, messages: list[bytes]) -> Iterator[bytes]:
    """Yield the picture and the selection of the only region as its result."""
    header = wire.InpaintRequest.FromString(announced).header
    (region,) = header.regions.regions
    roles = {
        region.picture: wire.ResultPlane.ROLE_COLOR,
        region.selection: wire.ResultPlane.ROLE_MASK,
    }
    planes = [
        wire.ResultPlane(role=role, plane=header.planes[plane], bounds=region.window)
        for plane, role in roles.items()
    ]
    yield wire.InpaintEvent(result=wire.Result(planes=planes)).SerializeToString()
    for message in messages:
        chunk = wire.InpaintRequest.FromString(message).chunk
        yield wire.InpaintEvent(chunk=chunk).SerializeToString()
    yield wire.InpaintEvent(done=wire.Done()).SerializeToString()


async def serve_grpc(ports: Any, raw_port: int) -> None:
    """Serve until the process is ended."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((Planes().handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ports.send((raw_port, port))
    await server.wait_for_termination()
