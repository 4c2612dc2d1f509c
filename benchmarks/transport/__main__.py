"""How fast pixels travel: the client against a raw socket on the loopback, in one run.

    python -m benchmarks.transport [--rounds 15] [--daemon]

A server of this benchmark's own takes planes and sends planes, on grpc.aio, in a process of its
own; so what is measured is the client's transport and gRPC's. Both sides are measured alternately
and only ratios count, as the figures depend on the machine; the best of all rounds tells what the
code can do where other programs take the median's time. ``--daemon`` adds edits of the daemon that
runs here (``sfumato serve``).
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import time

from rich.console import Console
from rich.table import Table

from benchmarks.transport.server import SIZE, serve
from benchmarks.transport.ways import (
    Measure,
    Way,
    client_way,
    delivered_way,
    edit_way,
    picture_edit,
    raw_way,
)
from sfumato_client import (
    Bounds,
    Edit,
    Endpoint,
    Extent,
    Samples,
    Selection,
    Session,
    find_endpoint,
    plan,
)
from sfumato_client.upload import Caller, pack


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
