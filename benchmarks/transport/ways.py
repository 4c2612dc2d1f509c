"""Seconds up and seconds down, over a raw socket and through the client."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

from benchmarks.transport.server import SIZE, receive
from sfumato_client import (
    Accepted,
    Bounds,
    Edit,
    Extent,
    Operation,
    Parameters,
    Raster,
    Region,
    Result,
    Samples,
    Selection,
    Session,
)
from sfumato_client.download import Assembler
from sfumato_client.duplex import converse
from sfumato_client.result import Expected
from sfumato_client.upload import Upload


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
