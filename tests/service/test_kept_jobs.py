"""What the service tells of the jobs it keeps, and how they are forgotten."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from sfumato_client.wire import jobs_pb2
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD
from tests.support.edits import HEIGHT, WIDTH
from tests.support.puppet_edits import inpaint, puppet_edit
from tests.support.service import Service


async def test_jobs_are_listed_newest_first_and_in_pages(service: Service) -> None:
    made = [(await inpaint(service, puppet_edit()))[0].accepted.job_id for _ in range(3)]
    found, token = [], ""
    while True:
        request = jobs_pb2.ListJobsRequest(page_size=2, page_token=token)
        reply = await service.stub.ListJobs(request, metadata=service.metadata)
        found += [job.job_id for job in reply.jobs]
        token = reply.next_page_token
        if not token:
            break
    assert found == made[::-1]


async def test_a_title_may_hold_any_writing(service: Service) -> None:
    edit = puppet_edit()
    # The space before PM in the names that macOS gives its screenshots.
    edit.header.title = "Bildschirmfoto 5.20\N{NARROW NO-BREAK SPACE}PM 画像 🎨"
    await inpaint(service, edit)
    reply = await service.stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=service.metadata)
    assert reply.jobs[0].title == edit.header.title


async def test_jobs_are_listed_by_state(service: Service) -> None:
    await inpaint(service, puppet_edit())
    for state, count in ((jobs_pb2.JOB_STATE_DONE, 1), (jobs_pb2.JOB_STATE_FAILED, 0)):
        request = jobs_pb2.ListJobsRequest(states=[state])
        reply = await service.stub.ListJobs(request, metadata=service.metadata)
        assert len(reply.jobs) == count


async def test_a_job_tells_what_was_asked_and_what_was_done(service: Service) -> None:
    events = await inpaint(service, puppet_edit(seed=5))
    request = jobs_pb2.GetJobRequest(job_id=events[0].accepted.job_id)
    reply = await service.stub.GetJob(request, metadata=service.metadata)
    assert reply.summary.state == jobs_pb2.JOB_STATE_DONE
    assert reply.summary.title == "A box"
    assert reply.summary.bounds == px.Bounds(width=WIDTH, height=HEIGHT)
    assert reply.summary.results_kept
    assert reply.requested.seed == reply.resolved.seed == 5
    assert (reply.canvas.width, reply.canvas.height) == (WIDTH, HEIGHT)


async def test_stored_pictures_can_be_read(service: Service) -> None:
    edit = puppet_edit()
    events = await inpaint(service, edit)
    request = jobs_pb2.ReadJobRequest(job_id=events[0].accepted.job_id, inputs=True, results=True)
    call = service.stub.ReadJob(request, metadata=service.metadata, timeout=GUARD)
    parts = [part async for part in call]
    roles = [part.plane.role for part in parts if part.HasField("plane")]
    assert roles == ["picture", "selection", "color", "result_mask"]
    sent = b"".join(part.chunk.data for part in parts if part.chunk.plane == 0)
    assert sent == edit.planes[0]


async def forget(service: Service, **which: Any) -> int:
    request = jobs_pb2.ForgetJobsRequest(**which)
    return (await service.stub.ForgetJobs(request, metadata=service.metadata)).forgotten


async def test_a_forgotten_job_leaves_nothing(service: Service) -> None:
    job_ids = [(await inpaint(service, puppet_edit()))[0].accepted.job_id for _ in range(3)]
    assert await forget(service, job_id=job_ids[0]) == 1
    assert len(service.arenas) == 2
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await forget(service, job_id=job_ids[0])
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert await forget(service, before=Timestamp(seconds=1)) == 0
    assert await forget(service, all=True) == 2
    assert service.arenas == []


async def test_a_running_job_is_not_forgotten(service: Service) -> None:
    call = service.stub.Inpaint(
        puppet_edit(prompt="sleep").requests(), metadata=service.metadata, timeout=GUARD
    )
    job_id = (await call.read()).accepted.job_id
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await forget(service, job_id=job_id)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert await forget(service, all=True) == 0
    assert len(service.arenas) == 1
