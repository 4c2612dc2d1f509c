"""An edit's way through the service, with the puppet engine where its speed must be known."""

from __future__ import annotations

import asyncio
import uuid
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2, models_pb2
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import HEIGHT, WIDTH, WireEdit, picture, wire_edit
from tests.support.errors import reason
from tests.support.service import Service, serving

Events = list[pb.InpaintEvent]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(tmp_path) as service:
        yield service


def kinds(events: Events) -> list[str | None]:
    """What happened, each kind once, in order."""
    return list(dict.fromkeys(event.WhichOneof("event") for event in events))


def planes(events: Events, variation: int = 0) -> dict[tuple[int, int], bytes]:
    """The unpacked planes of a variation, by region and role."""
    found: dict[tuple[int, int], bytes] = {}
    announced: list[pb.ResultPlane] = []
    wanted = False
    for event in events:
        if event.HasField("result"):
            announced, wanted = list(event.result.planes), event.result.variation == variation
        elif event.HasField("chunk") and wanted:
            plane = announced[event.chunk.plane]
            key = plane.region, plane.role
            found[key] = found.get(key, b"") + event.chunk.data
    for plane in announced:
        key = plane.region, plane.role
        if key in found and plane.plane.codec == px.CODEC_DEFLATE:
            found[key] = zlib.decompress(found[key])
    return found


def puppet_edit(prompt: str = "count", **parameters: object) -> WireEdit:
    edit = wire_edit()
    for name, value in {"prompt": prompt, "steps": 3, **parameters}.items():
        setattr(edit.header.parameters, name, value)
    return edit


async def inpaint(service: Service, edit: WireEdit) -> Events:
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    return [event async for event in call]


def test_fill_removes_the_selection_and_leaves_the_rest_bit_for_bit(daemon: Daemon) -> None:
    edit = wire_edit()
    with daemon.stub() as stub:
        call = stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD)
        events = list(call)
    assert events[0].HasField("accepted")
    assert events[-1].HasField("done")
    found = planes(events)
    mask = np.frombuffer(found[0, pb.ResultPlane.ROLE_MASK], np.uint8).reshape(HEIGHT, WIDTH)
    color = np.frombuffer(found[0, pb.ResultPlane.ROLE_COLOR], np.uint8)
    color = color.reshape(HEIGHT, WIDTH, 3)
    original = picture()
    assert mask.max() == 255
    assert (mask == 0).any()
    np.testing.assert_array_equal(color[mask == 0], original[mask == 0])
    assert (color[mask == 255] != original[mask == 255]).any()
    resolved = events[-1].done.resolved
    assert (resolved.model, resolved.grow, resolved.feather) == ("fill", 2, 4)


async def test_events_come_in_the_order_of_the_contract(service: Service) -> None:
    events = await inpaint(service, puppet_edit(variations=2, seed=7))
    assert kinds(events)[0] == "accepted"
    assert kinds(events)[-3:] == ["result", "chunk", "done"]
    assert {"started", "progress", "notice", "preview"} <= set(kinds(events))
    results = [event.result for event in events if event.HasField("result")]
    assert [(result.variation, result.seed) for result in results] == [(0, 7), (1, 8)]
    assert set(planes(events, 1)[0, pb.ResultPlane.ROLE_COLOR]) == {8}
    assert events[-1].done.seed == 7


async def test_on_the_same_computer_colour_travels_raw_and_masks_deflated(
    service: Service,
) -> None:
    events = await inpaint(service, puppet_edit())
    [result] = [event.result for event in events if event.HasField("result")]
    codecs = {plane.role: plane.plane.codec for plane in result.planes}
    assert codecs == {
        pb.ResultPlane.ROLE_COLOR: px.CODEC_RAW,
        pb.ResultPlane.ROLE_MASK: px.CODEC_DEFLATE,
    }
    assert all(plane.bounds.width == WIDTH for plane in result.planes)


async def test_results_come_at_the_depth_that_was_asked_for(service: Service) -> None:
    edit = puppet_edit()
    edit.header.result.depth = px.DEPTH_U16
    found = planes(await inpaint(service, edit))
    assert len(found[0, pb.ResultPlane.ROLE_COLOR]) == WIDTH * HEIGHT * 3 * 2


async def test_the_same_request_bytes_have_the_same_seed(service: Service) -> None:
    one, same, other = puppet_edit(), puppet_edit(), puppet_edit()
    same.header.request_id = one.header.request_id
    seeds = []
    for edit in (one, other):
        events = await inpaint(service, edit)
        seeds.append(events[-1].done.seed)
    again = await inpaint(service, same)
    assert again[-1].done.seed == seeds[0] != seeds[1]


async def test_the_same_request_id_is_the_same_job(service: Service) -> None:
    edit = puppet_edit()
    first = await inpaint(service, edit)
    second = await inpaint(service, edit)
    assert second[0].accepted == pb.Accepted(job_id=first[0].accepted.job_id, existing=True)
    assert planes(second) == planes(first)
    assert len(service.arenas) == 1


async def test_the_same_request_id_for_another_edit_is_refused(service: Service) -> None:
    edit = puppet_edit()
    await inpaint(service, edit)
    edit.header.title = "Another"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inpaint(service, WireEdit(edit.header))
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_an_ended_job_can_be_attached_to_with_its_results(service: Service) -> None:
    first = await inpaint(service, puppet_edit(variations=2))
    request = pb.AttachRequest(job_id=first[0].accepted.job_id)
    call = service.stub.Attach(request, metadata=service.metadata, timeout=GUARD)
    again = [event async for event in call]
    assert planes(again, 0) == planes(first, 0)
    assert planes(again, 1) == planes(first, 1)
    assert again[-1].done == first[-1].done


async def test_attaching_leaves_out_variations_that_the_client_has(service: Service) -> None:
    first = await inpaint(service, puppet_edit(variations=2))
    request = pb.AttachRequest(job_id=first[0].accepted.job_id, first_variation=1)
    call = service.stub.Attach(request, metadata=service.metadata, timeout=GUARD)
    results = [event.result async for event in call if event.HasField("result")]
    assert [result.variation for result in results] == [1]


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


async def test_a_repeat_needs_no_pixels(service: Service) -> None:
    first = await inpaint(service, puppet_edit(seed=1))
    repeat = puppet_edit(seed=2)
    repeat.header.ClearField("planes")
    repeat.header.stored_input.job_id = first[0].accepted.job_id
    repeat.planes.clear()
    events = await inpaint(service, repeat)
    assert set(planes(events)[0, pb.ResultPlane.ROLE_COLOR]) == {2}


async def test_a_repeat_of_a_picture_of_another_size_is_refused(service: Service) -> None:
    first = await inpaint(service, puppet_edit())
    repeat = puppet_edit()
    repeat.header.ClearField("planes")
    repeat.header.stored_input.job_id = first[0].accepted.job_id
    repeat.header.canvas.width += 1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inpaint(service, WireEdit(repeat.header))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_repeat_of_an_unknown_job_is_not_found(service: Service) -> None:
    repeat = puppet_edit()
    repeat.header.ClearField("planes")
    repeat.header.stored_input.job_id = uuid.uuid4().hex
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inpaint(service, WireEdit(repeat.header))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


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


async def test_the_queue_shows_a_running_job(service: Service) -> None:
    call = service.stub.Inpaint(
        puppet_edit(prompt="sleep").requests(), metadata=service.metadata, timeout=GUARD
    )
    accepted = (await call.read()).accepted
    while not (await call.read()).HasField("started"):
        pass
    request = jobs_pb2.WatchQueueRequest(once=True)
    watch = service.stub.WatchQueue(request, metadata=service.metadata, timeout=GUARD)
    [queue] = [reply async for reply in watch]
    [entry] = queue.entries
    assert (entry.job_id, entry.mine, entry.position) == (accepted.job_id, True, 0)
    await service.stub.Cancel(pb.CancelRequest(job_id=accepted.job_id), metadata=service.metadata)
    call.cancel()


async def test_capabilities_and_models_say_what_can_be_asked_for(service: Service) -> None:
    request = pb.GetCapabilitiesRequest(protocol=pb.ProtocolVersion(major=99))
    capabilities = await service.stub.GetCapabilities(request, metadata=service.metadata)
    assert (capabilities.protocol.major, capabilities.protocol.minor) == (1, 0)
    assert px.CODEC_RAW in capabilities.codecs
    assert capabilities.limits.window_pixels == 64_000_000
    assert capabilities.admin
    reply = await service.stub.ListModels(models_pb2.ListModelsRequest(), metadata=service.metadata)
    assert [model.name for model in reply.models] == ["fill", "puppet"]
    assert reply.default_model == "puppet"


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        ("ForgetJobs", jobs_pb2.ForgetJobsRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        (
            "UpdateDaemon",
            jobs_pb2.UpdateDaemonRequest(),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
    ],
)
async def test_what_cannot_be_asked_for_is_said(
    method: str, request_: object, code: grpc.StatusCode, service: Service
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await getattr(service.stub, method)(request_, metadata=service.metadata)
    assert caught.value.code() is code
    assert reason(caught.value)


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
