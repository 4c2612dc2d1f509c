"""How fast pixels travel: the client against a raw socket on the loopback, in one run.

    python benchmarks/transport.py [--rounds 15] [--daemon]

A server of this benchmark's own takes planes and sends planes, on grpc.aio, in a process of its
own; so what is measured is the client's transport and gRPC's. Both sides are measured alternately
and only ratios count, as the figures depend on the machine; the best of all rounds tells what the
code can do where other programs take the median's time. ``--daemon`` adds edits of the daemon that
runs here (``sfumato serve``).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import grpc
from rich.console import Console
from rich.table import Table

from sfumato_client import (
    Accepted,
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
    find_endpoint,
    plan,
)
from sfumato_client.download import Assembler
from sfumato_client.duplex import converse
from sfumato_client.result import Expected
from sfumato_client.upload import Caller, Upload, pack
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


# This side.


class Way(NamedTuple):
    """Seconds up and down."""

    up: float
    down: float


Measure = Callable[[Session, Edit], Awaitable[Way]]


def picture_edit(window: Bounds, canvas: Extent, samples: Samples, selected: Bounds) -> Edit:
    """An edit of one window, with noise for pixels: nothing can be saved by packing."""
    data = os.urandom(window.area * samples)
    selection = Selection(selected, b"\xff" * selected.area).over(window)
    region = Region(window, Raster(window.extent, samples, 8, data), selection)
    parameters = Parameters(operation=Operation.OPERATION_REMOVE, seed=1)
    return Edit(canvas, parameters, (region,), request_id=str(uuid.uuid4()))


def raw_way(line: socket.socket, data: bytes) -> Way:
    """16 MiB up and 16 MiB down over a plain socket."""
    buffer = bytearray(SIZE)
    start = time.perf_counter()
    line.sendall(data)
    receive(line, memoryview(bytearray(1)))
    turned = time.perf_counter()
    line.sendall(b"?")
    receive(line, memoryview(buffer))
    return Way(turned - start, time.perf_counter() - turned)


async def client_way(session: Session, edit: Edit, upload: Upload) -> Way:
    """An edit packed before, up until it is accepted and down until its result is whole."""
    start = accepted = time.perf_counter()
    assembler = Assembler(Expected.of(edit, session.capabilities.limits))
    link = session._link
    replies = converse(link, link.stub.Inpaint, upload.requests())
    async with contextlib.aclosing(replies):
        async for message in replies:
            event = assembler.take(message)
            if isinstance(event, Accepted):
                accepted = time.perf_counter()
            if isinstance(event, Result):
                return Way(accepted - start, time.perf_counter() - accepted)
    raise RuntimeError("the server sent no result")


async def edit_way(session: Session, edit: Edit) -> Way:
    """A whole edit as a plugin makes it, from the pixels to the result."""
    start = time.perf_counter()
    job = await session.inpaint(replace(edit, request_id=str(uuid.uuid4())))
    accepted = time.perf_counter()
    async for event in job:
        if isinstance(event, Result):
            return Way(accepted - start, time.perf_counter() - accepted)
    raise RuntimeError("the server sent no result")


async def delivered_way(session: Session, edit: Edit) -> Way:
    """The same with a daemon that has to do the work: its result is fetched again afterwards."""
    start = time.perf_counter()
    job = await session.inpaint(replace(edit, request_id=str(uuid.uuid4())))
    accepted = time.perf_counter()
    async for _ in job:
        pass
    begun = time.perf_counter()
    async for event in await session.attach(job.id):
        if isinstance(event, Result):
            return Way(accepted - start, time.perf_counter() - begun)
    raise RuntimeError("the daemon kept no result")


def whole_canvas() -> tuple[Edit, Edit]:
    """A 600x400 selection on a 4096x4096 canvas: its window alone, and all of the canvas."""
    canvas, selected = Extent(4096, 4096), Bounds(1500, 1700, 600, 400)
    (place,) = plan(Selection(selected, b"\xff" * selected.area), canvas, grow=4, feather=16)
    window = picture_edit(place.window, canvas, Samples.RGB, selected)
    return window, picture_edit(Bounds.of(canvas), canvas, Samples.RGB, selected)


async def against_raw(endpoint: Endpoint, raw_port: int, rounds: int) -> Table:
    """16 MiB through the client and through a socket, alternately."""
    side = Bounds(0, 0, 2048, 2048)
    edit = picture_edit(side, side.extent, Samples.RGBA, Bounds(500, 500, 600, 400))
    upload, data = pack(edit, Caller("", "", ""), raw=True), os.urandom(SIZE)
    raw, client, own = [], [], []
    async with Session(endpoint) as session:
        with socket.create_connection(("127.0.0.1", raw_port)) as line:
            for _ in range(rounds + 1):
                raw.append(await asyncio.to_thread(raw_way, line, data))
                busy = time.process_time()
                client.append(await client_way(session, edit, upload))
                own.append(time.process_time() - busy)
    title = "16 MiB against a raw socket, MB/s (median and best)"
    table = Table("", "raw socket", "client", "ratio", "raw, best", "client", "ratio", title=title)
    for way in Way._fields:
        cells = []
        for of_all in (statistics.median, max):
            plain, ours = (
                of_all(SIZE / 1e6 / getattr(sample, way) for sample in samples[1:])
                for samples in (raw, client)
            )
            cells += [f"{plain:.0f}", f"{ours:.0f}", f"{ours / plain:.0%}"]
        table.add_row(way, *cells)
    best = 1e3 * min(own)
    table.caption = f"client's own processor time for both ways: {best:.1f} ms; the rest is gRPC's"
    return table


async def edits(endpoint: Endpoint, rounds: int, measure: Measure, title: str) -> Table:
    """Whole edits: a 1200x800 window, and a selection's window against its canvas."""
    canvas = Extent(4096, 4096)
    usual = picture_edit(
        Bounds(900, 900, 1200, 800), canvas, Samples.RGB, Bounds(1200, 1100, 600, 400)
    )
    window, whole = whole_canvas()
    table = Table("edit", "MB up", "up ms", "down ms", "both ms", title=title)
    ways = {}
    async with Session(endpoint) as session:
        for name, edit in {
            "window of 1200x800": usual,
            "600x400 selected, its window": window,
            "600x400 selected, all 4096x4096": whole,
        }.items():
            size = pack(edit, Caller("", "", ""), raw=True).encoded_bytes
            samples = [await measure(session, edit) for _ in range(rounds)]
            up, down, both = (
                1e3 * statistics.median(values)
                for values in (*zip(*samples, strict=True), map(sum, samples))
            )
            ways[name] = size, both
            table.add_row(name, f"{size / 1e6:.2f}", *(f"{ms:.1f}" for ms in (up, down, both)))
    (small, quick), (large, slow) = list(ways.values())[1:]
    table.caption = f"window against canvas: {small / large:.1%} bytes, {quick / slow:.1%} time"
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--daemon", action="store_true", help="whole edits of a running daemon")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    raw_port, port = ours.recv()
    console, endpoint = Console(), Endpoint(f"127.0.0.1:{port}", "")
    try:
        console.print(asyncio.run(against_raw(endpoint, raw_port, options.rounds)))
        title = "Whole edits, without an engine"
        console.print(asyncio.run(edits(endpoint, options.rounds, edit_way, title)))
    finally:
        server.terminate()
    if options.daemon:
        title = "Whole edits of the running daemon, without the engine's time"
        console.print(asyncio.run(edits(find_endpoint(), 3, delivered_way, title)))


if __name__ == "__main__":
    main()
