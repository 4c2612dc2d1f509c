"""How fast pixels travel: the client against a raw socket on the loopback, in one run.

    python benchmarks/transport.py [--rounds 15] [--daemon]

A server of this benchmark's own takes planes and sends planes, on grpc.aio, in a process of its own; so what is measured is the client's transport and gRPC's. Ratios
count, as both sides of them were measured alternately; the figures themselves depend on the
machine. ``--daemon`` adds whole edits through a real daemon.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import grpc
from rich.console import Console
from rich.table import Table

from sfumato_client import (
    Bounds,
    Edit,
    Endpoint,
    Extent,
    Operation,
    Parameters,
    Raster,
    Region,
    Result,
    Samples,
    Selection,
    Session,
    plan,
)
from sfumato_client.download import Assembler, Expected
from sfumato_client.duplex import converse
from sfumato_client.upload import Caller, pack
from sfumato_client.wire import inpainting_pb2 as wire

MEBIBYTE = 1 << 20
SIZE = 16 * MEBIBYTE


# The other side, in a process of its own.


def serve(ports: Any) -> None:
    """Run both servers and tell their ports."""
    raw = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_raw, args=(raw,), daemon=True).start()
    asyncio.run(serve_grpc(ports, raw.getsockname()[1]))


def serve_raw(listening: socket.socket) -> None:
    """Take 16 MiB, then send 16 MiB, for ever."""
    connection, _ = listening.accept()
    buffer, data = bytearray(SIZE), os.urandom(SIZE)
    while True:
        missing = memoryview(buffer)
        while missing:
            count = connection.recv_into(missing)
            if not count:
                return
            missing = missing[count:]
        connection.sendall(data)


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
