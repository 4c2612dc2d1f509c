from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sfumato.service import server
from sfumato.service.server import SERVICE
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, running_daemon
from tests.support.mute import mute_call
from tests.support.service import Service

WATCH = "/grpc.health.v1.Health/Watch"
Status = health_pb2.HealthCheckResponse


async def test_an_unknown_service_is_not_found_and_may_be_watched(service: Service) -> None:
    request = health_pb2.HealthCheckRequest(service="nobody")
    async with grpc.aio.insecure_channel(service.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health.Check(request, timeout=GUARD)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert "'nobody'" in caught.value.details()
        watch = health.Watch(request, metadata=service.metadata, timeout=GUARD)
        assert (await watch.read()).status == Status.SERVICE_UNKNOWN


@pytest.mark.parametrize("name", ["", SERVICE])
async def test_watchers_hear_of_the_end_beside_one_that_does_not_read(
    name: str, service: Service
) -> None:
    request = health_pb2.HealthCheckRequest(service=name)
    async with (
        mute_call(service.address, WATCH, request, service.metadata),
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        watches = [
            health.Watch(request, metadata=service.metadata, timeout=GUARD) for _ in range(2)
        ]
        for watch in watches:
            assert (await watch.read()).status == Status.SERVING
        stopping = asyncio.create_task(service.server.stop(0.1))
        for watch in watches:
            assert (await watch.read()).status == Status.NOT_SERVING
            assert await watch.code() is grpc.StatusCode.UNAVAILABLE
        await stopping


async def test_who_neither_reads_nor_goes_cannot_keep_the_daemon_from_its_end(
    tmp_path: Path,
) -> None:
    calls: dict[str, Message] = {
        WATCH: health_pb2.HealthCheckRequest(),
        "/sfumato.v1.Inpainting/WatchQueue": jobs_pb2.WatchQueueRequest(),
        "/sfumato.v1.Inpainting/GetCapabilities": pb.GetCapabilitiesRequest(),
    }
    with running_daemon(tmp_path, SFUMATO_GRACE_SECONDS="0.5") as daemon:
        async with AsyncExitStack() as stack:
            for method, request in calls.items():
                mute = mute_call(daemon.address, method, request, daemon.metadata)
                await stack.enter_async_context(mute)
            assert await asyncio.to_thread(daemon.stop) == 0
        assert "Traceback" not in daemon.log


async def test_a_server_that_grpc_does_not_end_is_left_to_the_end_of_the_process(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(server, "_END_SECONDS", 0.0)
        patch.setattr(service.server._server, "stop", lambda grace: asyncio.Event().wait())
        await service.server.stop(0)
    assert "connections do not end" in caplog.text
