"""Clients that vanish, stall or stop reading: they cost nobody else anything and leave nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import psutil
import pytest

from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato.settings import Limits
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.edits import wire_edit
from tests.support.errors import reason
from tests.support.service import METADATA, OWNER, Service, serving, serving_in_thread

LARGE = 2000
"""A side whose pixels are far more than what lies in sockets and buffers."""
RESULT = LARGE * LARGE * 3
"""Bytes of its result."""


async def until(condition: object) -> None:
    """Wait for something that nothing announces: a file that goes away."""
    assert callable(condition)
    async with asyncio.timeout(GUARD):
        while not condition():
            await asyncio.sleep(0.01)


def beginning(requests: Iterator[pb.InpaintRequest], count: int) -> list[pb.InpaintRequest]:
    return [next(requests) for _ in range(count)]


@pytest.mark.parametrize("sent", [1, 3])
async def test_a_client_that_vanishes_mid_upload_leaves_no_arena(
    sent: int, service: Service
) -> None:
    call = service.stub.Inpaint(metadata=service.metadata, timeout=GUARD)
    for request in beginning(wire_edit().requests(), sent):
        await call.write(request)
    await until(lambda: service.arenas)
    call.cancel()
    await until(lambda: not service.arenas)


async def test_a_client_whose_connection_breaks_mid_upload_leaves_no_arena(
    service: Service,
) -> None:
    async with grpc.aio.insecure_channel(service.address) as channel:
        inpaint = channel.stream_stream("/sfumato.v1.Inpainting/Inpaint")
        call = inpaint(metadata=service.metadata)
        for request in beginning(wire_edit().requests(), 3):
            await call.write(request.SerializeToString())
        await until(lambda: service.arenas)
    await until(lambda: not service.arenas)


async def test_a_client_that_stops_sending_is_given_up(tmp_path: Path) -> None:
    async with serving(tmp_path, Limits(stall_seconds=0.5)) as service:
        call = service.stub.Inpaint(metadata=service.metadata, timeout=GUARD)
        [header] = beginning(wire_edit().requests(), 1)
        await call.write(header)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert reason(caught.value) == "SENDER_STALLED"
        await until(lambda: not service.arenas)


def test_a_client_that_drips_is_given_up_however_often_it_sends(tmp_path: Path) -> None:
    limits = Limits(stall_seconds=2.0, upload_bytes_per_second=100_000)

    def drops() -> Iterator[pb.InpaintRequest]:
        yield from beginning(wire_edit().requests(), 1)
        while True:
            yield pb.InpaintRequest(chunk=pixels_pb2.PixelChunk(plane=0, data=b"x"))
            time.sleep(0.05)  # it is the client that is slow

    # The sync client: grpc.aio's says INTERNAL where a write fails before the status is read.
    with serving_in_thread(tmp_path, limits) as address, grpc.insecure_channel(address) as channel:
        call = InpaintingStub(channel).Inpaint(drops(), metadata=METADATA, timeout=GUARD)
        with pytest.raises(grpc.RpcError) as caught:
            next(call)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert reason(caught.value) == "TOO_SLOW"
        assert not list((tmp_path / "spool").glob("*.arena"))


async def test_a_client_that_stops_reading_is_given_up_and_may_come_back(tmp_path: Path) -> None:
    edit = wire_edit(LARGE, LARGE)
    edit.header.parameters.prompt = "count"
    edit.header.parameters.steps = 1
    async with serving(tmp_path, Limits(stall_seconds=3.0)) as service:
        inpaint = service.stub.Inpaint(edit.requests(), metadata=service.metadata)
        accepted = (await inpaint.read()).accepted
        job = await service.jobs.get(OWNER, accepted.job_id)
        await until(lambda: job.state.ended and not job.watchers)
        inpaint.cancel()
        request = pb.AttachRequest(job_id=accepted.job_id)
        attach = service.stub.Attach(request, metadata=service.metadata, timeout=GUARD)
        events = [event async for event in attach]
    assert events[-1].HasField("done")


@pytest.fixture(scope="module")
def lone_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon of one's own, whose memory can be measured."""
    with running_daemon(tmp_path_factory.mktemp("lone")) as daemon:
        yield daemon


def test_readers_that_stop_hold_little_memory_and_block_nobody(lone_daemon: Daemon) -> None:
    daemon = lone_daemon
    edit = wire_edit(LARGE, LARGE)
    with daemon.stub() as stub:
        first = list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD))
    request = pb.AttachRequest(job_id=first[0].accepted.job_id)
    process = psutil.Process(daemon.process.pid)
    before = process.memory_full_info().uss
    stalled = []
    channels = [grpc.insecure_channel(daemon.address) for _ in range(10)]
    try:
        for channel in channels:
            attach = channel.unary_stream("/sfumato.v1.Inpainting/Attach")
            call = attach(request.SerializeToString(), metadata=daemon.metadata)
            next(call)
            stalled.append(call)
        with daemon.stub() as stub:
            again = stub.Attach(request, metadata=daemon.metadata, timeout=GUARD)
            assert list(again)[-1].HasField("done")
        held = process.memory_full_info().uss - before
        # Each holds what lies in gRPC's buffers, some megabytes, whatever its result's size.
        assert held < len(stalled) * RESULT / 2
    finally:
        for channel in channels:
            channel.close()
