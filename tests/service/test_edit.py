"""An edit's way through the service, with the puppet engine where its speed must be known."""

from __future__ import annotations

import uuid

import grpc
import numpy as np
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2, models_pb2
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import HEIGHT, WIDTH, WireEdit, picture, wire_edit
from tests.support.errors import reason
from tests.support.puppet_edits import inpaint, kinds, planes, puppet_edit
from tests.support.service import Service


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
    # Who watches late misses progress: nothing begins before somebody watches.
    service.jobs.pause(True)
    edit = puppet_edit(variations=2, seed=7)
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    events = []
    async for event in call:
        events.append(event)
        if event.HasField("queued"):
            service.jobs.pause(False)
    assert kinds(events)[:2] == ["accepted", "queued"]
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


async def test_drawn_seeds_and_those_of_eight_variations_can_be_entered_in_editors(
    service: Service,
) -> None:
    drawn = [(await inpaint(service, puppet_edit()))[-1].done.seed for _ in range(12)]
    assert max(drawn) + 7 < 2**31


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
