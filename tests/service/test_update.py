"""Owners hold and reorder their waiting edits; an admin pauses and drains the daemon."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2, parameters_pb2
from tests.support.daemon import GUARD
from tests.support.edits import wire_edit
from tests.support.errors import reason
from tests.support.service import Service

PAUSED, QUEUED = jobs_pb2.JOB_STATE_PAUSED, jobs_pb2.JOB_STATE_QUEUED


async def update_daemon(service: Service, **change: bool) -> jobs_pb2.UpdateDaemonResponse:
    request = jobs_pb2.UpdateDaemonRequest(**change)  # type: ignore[arg-type]
    return await service.stub.UpdateDaemon(request, metadata=service.metadata, timeout=GUARD)


async def update_job(service: Service, **change: object) -> jobs_pb2.JobSummary:
    request = jobs_pb2.UpdateJobRequest(**change)  # type: ignore[arg-type]
    reply = await service.stub.UpdateJob(request, metadata=service.metadata, timeout=GUARD)
    return reply.summary


async def queue(service: Service) -> jobs_pb2.WatchQueueResponse:
    request = jobs_pb2.WatchQueueRequest(once=True)
    return await service.stub.WatchQueue(request, metadata=service.metadata).read()


async def waiting_edit(
    service: Service, priority: int = pb.PRIORITY_INTERACTIVE
) -> tuple[str, grpc.aio.StreamStreamCall]:
    edit = wire_edit()
    edit.header.priority = priority  # type: ignore[assignment]
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    return (await call.read()).accepted.job_id, call


async def last_event(call: grpc.aio.StreamStreamCall) -> pb.InpaintEvent:
    event = await call.read()
    while (following := await call.read()) is not grpc.aio.EOF:
        event = following
    return event


async def test_waiting_edits_are_held_reordered_and_done_at_last(service: Service) -> None:
    assert (await update_daemon(service, paused=True)).paused
    (one, first), (two, second) = [await waiting_edit(service) for _ in range(2)]
    assert (await queue(service)).paused

    await update_job(service, job_id=two, move_before=one)
    assert [entry.job_id for entry in (await queue(service)).entries] == [two, one]
    assert (await update_job(service, job_id=two, paused=True)).state == PAUSED
    assert [entry.state for entry in (await queue(service)).entries] == [QUEUED, PAUSED]

    await update_daemon(service, paused=False)
    assert (await last_event(first)).HasField("done")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await update_job(service, job_id=one, paused=True)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason(caught.value) == "NOT_WAITING"
    await update_job(service, job_id=two, paused=False)
    assert (await last_event(second)).HasField("done")


async def test_a_running_edit_stands_still_while_it_is_paused(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = tmp_path / "goes-on"
    monkeypatch.setenv("PUPPET_FLAG", str(goes_on))
    edit = wire_edit()
    edit.header.parameters.model = "puppet"
    edit.header.parameters.operation = parameters_pb2.OPERATION_GENERATE
    edit.header.parameters.prompt = "wait:2"
    edit.header.parameters.steps = 150
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    job_id = (await call.read()).accepted.job_id
    while not (await call.read()).HasField("progress"):
        pass
    await update_job(service, job_id=job_id, paused=True)
    goes_on.touch()
    changes = service.stub.WatchQueue(jobs_pb2.WatchQueueRequest(), metadata=service.metadata)
    while [entry.state for entry in (await changes.read()).entries] != [PAUSED]:
        pass
    _, other = await waiting_edit(service)
    assert (await last_event(other)).HasField("done")
    (held,) = (await queue(service)).entries
    assert held.state == PAUSED and 1 <= held.step < 150
    await update_job(service, job_id=job_id, paused=False)
    assert (await last_event(call)).HasField("done")


async def test_a_newer_live_edit_ends_the_one_before(service: Service) -> None:
    await update_daemon(service, paused=True)
    _, older = await waiting_edit(service, pb.PRIORITY_LIVE)
    two, newer = await waiting_edit(service, pb.PRIORITY_LIVE)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await last_event(older)
    assert caught.value.code() is grpc.StatusCode.CANCELLED
    assert [entry.job_id for entry in (await queue(service)).entries] == [two]
    await update_daemon(service, paused=False)
    assert (await last_event(newer)).HasField("done")


async def test_a_draining_daemon_says_so_and_refuses_new_edits(service: Service) -> None:
    assert (await update_daemon(service, draining=True)).draining
    assert (await queue(service)).draining
    # No pixels follow: grpc.aio's client loses the status when it is refused while it sends.
    header = pb.InpaintRequest(header=wire_edit().header)
    call = service.stub.Inpaint(iter([header]), metadata=service.metadata, timeout=GUARD)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert not (await update_daemon(service, draining=False)).draining
    _, call = await waiting_edit(service)
    assert (await last_event(call)).HasField("done")
