"""How edits end: cancelled, refused by an engine, lost, without their client or their daemon."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD
from tests.support.errors import reason
from tests.support.puppet_edits import Events, inpaint, puppet_edit
from tests.support.service import Service


async def test_a_running_job_is_cancelled_and_its_stream_says_so(service: Service) -> None:
    edit = puppet_edit(prompt="sleep:2")
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    events: Events = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for event in call:
            events.append(event)
            if event.HasField("progress"):
                request = pb.CancelRequest(job_id=events[0].accepted.job_id)
                reply = await service.stub.Cancel(request, metadata=service.metadata)
                assert reply.state == jobs_pb2.JOB_STATE_CANCELLED
    assert caught.value.code() is grpc.StatusCode.CANCELLED
    assert "cancelled" in caught.value.details()


async def test_what_an_engine_refuses_is_the_clients_to_mend(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inpaint(service, puppet_edit(prompt="refuse"))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason(caught.value) == "NOT_LIKED"


async def test_an_engine_that_dies_twice_fails_the_job_with_a_sentence(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inpaint(service, puppet_edit(prompt="exit"))
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert reason(caught.value) == "ENGINE_LOST"


async def test_a_job_whose_client_wants_it_cancelled_ends_with_the_connection(
    service: Service,
) -> None:
    edit = puppet_edit(prompt="sleep")
    edit.header.on_disconnect = pb.ON_DISCONNECT_CANCEL
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    job_id = (await call.read()).accepted.job_id
    call.cancel()
    request = jobs_pb2.WatchQueueRequest()
    watch = service.stub.WatchQueue(request, metadata=service.metadata, timeout=GUARD)
    async for queue in watch:
        if not queue.entries:
            break
    reply = await service.stub.GetJob(
        jobs_pb2.GetJobRequest(job_id=job_id), metadata=service.metadata
    )
    assert reply.summary.state == jobs_pb2.JOB_STATE_CANCELLED


async def test_a_kept_job_goes_on_without_its_client(service: Service) -> None:
    call = service.stub.Inpaint(puppet_edit().requests(), metadata=service.metadata, timeout=GUARD)
    job_id = (await call.read()).accepted.job_id
    call.cancel()
    attach = service.stub.Attach(
        pb.AttachRequest(job_id=job_id), metadata=service.metadata, timeout=GUARD
    )
    events = [event async for event in attach]
    assert events[-1].HasField("done")


async def test_a_running_job_may_end_while_the_daemon_stops(service: Service) -> None:
    edit = puppet_edit(steps=150)
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    assert (await call.read()).HasField("accepted")
    stopping = asyncio.create_task(service.server.stop(GUARD))
    while (event := await call.read()) is not grpc.aio.EOF:
        last = event
    assert last.HasField("done")
    await stopping


async def test_a_stream_of_a_running_job_says_that_the_daemon_goes_away(
    service: Service,
) -> None:
    call = service.stub.Inpaint(
        puppet_edit(prompt="sleep").requests(), metadata=service.metadata, timeout=GUARD
    )
    async for event in call:
        if event.HasField("started"):
            break
    stopping = asyncio.create_task(service.server.stop(0.1))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        [event async for event in call]
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert reason(caught.value) == ""
    await stopping
