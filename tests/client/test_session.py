"""A session against a real gRPC server: what an edit tells, and what each refusal becomes."""

import asyncio
import zlib

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, RetryInfo

from sfumato_client import (
    Accepted,
    Busy,
    Cancelled,
    Done,
    Edit,
    Endpoint,
    Extent,
    JobFailed,
    NeedsModel,
    NotFound,
    Notice,
    Parameters,
    Preview,
    Progress,
    Protocol,
    Queued,
    Refused,
    Result,
    Samples,
    Session,
    Started,
    Unauthenticated,
    Unavailable,
    VersionMismatch,
)
from sfumato_client.wire import inpainting_pb2 as wire
from sfumato_client.wire.pixels_pb2 import CODEC_DEFLATE, CODEC_RAW
from tests.support.client_edits import small_edit
from tests.support.fake_daemon import Event


async def test_an_edit_tells_its_life_in_order(daemon):
    edit = small_edit()
    async with Session(daemon.endpoint, "test", "1") as session:
        job = await session.inpaint(edit)
        assert job.id == "job-0"
        told = [event async for event in job]
    kinds = [Accepted, Queued, Started, Progress, Preview, Notice, Result, Done]
    assert [type(event) for event in told] == kinds
    assert told[-1].timings == {"engine": 1.5}


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("samples", list(Samples))
async def test_pixels_arrive_as_they_were_sent(daemon, samples, depth):
    edit = small_edit(1001, 701, samples=samples, depth=depth, variations=3)
    async with Session(daemon.endpoint) as session:
        results = [e async for e in await session.inpaint(edit) if isinstance(e, Result)]
    assert [result.variation for result in results] == [0, 1, 2]
    assert [result.seed for result in results] == [7, 8, 9]
    for result in results:
        (piece,) = result.pieces
        assert piece.bounds == edit.regions[0].window
        assert bytes(piece.color.data) == edit.regions[0].picture.data
        assert (piece.color.samples, piece.color.depth) == (samples, depth)
        assert piece.mask == edit.regions[0].selection


async def test_pictures_travel_raw_on_this_machine_and_selections_deflated(daemon):
    edit = small_edit()
    async with Session(daemon.endpoint) as session:
        await session.inpaint(edit)
    picture, selection = daemon.headers[0].planes
    assert picture.codec == CODEC_RAW
    assert selection.codec == CODEC_DEFLATE
    job = daemon.jobs[daemon.headers[0].request_id]
    assert zlib.decompress(job.planes[1]) == edit.regions[0].selection


async def test_the_header_says_who_asks_and_what(daemon):
    edit = small_edit(title="Remove 1", private=True, preview_side=256, result_depth=16)
    async with Session(daemon.endpoint, "krita", "5.2", client_id="me") as session:
        await session.inpaint(edit)
    (header,) = daemon.headers
    assert (header.client.id, header.client.name, header.client.version) == ("me", "krita", "5.2")
    assert header.canvas.width == edit.canvas.width
    assert header.result.preview_side == 256
    assert header.result.depth == 2
    assert header.private
    assert header.title == "Remove 1"
    assert header.request_id


async def test_a_refusal_comes_while_the_pixels_are_still_on_their_way(daemon):
    daemon.refusal = (grpc.StatusCode.INVALID_ARGUMENT, "EMPTY_SELECTION", "It is empty.", [])
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Refused) as caught:
            await session.inpaint(small_edit(4000, 4000))
    assert caught.value.message == "It is empty."
    assert caught.value.reason == "EMPTY_SELECTION"
    assert daemon.received_bytes < 4000 * 4000


def retry_later():
    return RetryInfo(retry_delay=Duration(seconds=3))


def bad_steps():
    violation = BadRequest.FieldViolation(field="parameters.steps", description="steps is 0")
    return BadRequest(field_violations=[violation])


@pytest.mark.parametrize(
    ("code", "reason", "details", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "X", [], Refused),
        (grpc.StatusCode.OUT_OF_RANGE, "X", [], Refused),
        (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", [], Refused),
        (grpc.StatusCode.UNIMPLEMENTED, "X", [], Refused),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED", [], Refused),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_JOBS", [retry_later()], Busy),
        (grpc.StatusCode.UNAVAILABLE, "DRAINING", [retry_later()], Busy),
        (grpc.StatusCode.FAILED_PRECONDITION, "OPERATION_UNSUPPORTED", [], Refused),
        (grpc.StatusCode.FAILED_PRECONDITION, "NEEDS_MODEL", [], NeedsModel),
        (grpc.StatusCode.FAILED_PRECONDITION, "VERSION_MISMATCH", [], VersionMismatch),
        (grpc.StatusCode.NOT_FOUND, "MODEL_UNKNOWN", [], NotFound),
        (grpc.StatusCode.INTERNAL, "ENGINE_FAILED", [], JobFailed),
        (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_WRONG", [], Unauthenticated),
        (grpc.StatusCode.CANCELLED, "CANCELLED", [], Cancelled),
    ],
)
async def test_each_status_is_an_error_of_its_kind_with_the_daemons_sentence(
    daemon, code, reason, details, kind
):
    daemon.refusal = (code, reason, "This is why: größer.", details)
    async with Session(daemon.endpoint) as session:
        with pytest.raises(kind) as caught:
            await session.inpaint(small_edit())
    assert type(caught.value) is kind
    assert caught.value.message == "This is why: größer."
    assert caught.value.reason == reason


async def test_the_sentence_names_the_field_at_fault(daemon):
    daemon.refusal = (grpc.StatusCode.INVALID_ARGUMENT, "X", "That is not allowed.", [bad_steps()])
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Refused, match=r"not allowed\. \(steps is 0\)"):
            await session.inpaint(small_edit())


async def test_a_wrong_token_is_told_when_the_session_begins(daemon):
    with pytest.raises(Unauthenticated, match="token is wrong"):
        async with Session(daemon.endpoint._replace(token="guess")):
            pass


@pytest.mark.parametrize(("major", "side"), [(2, "Update the plugin"), (0, "Update the daemon")])
async def test_another_protocol_says_which_side_to_update(daemon, major, side):
    daemon.protocol = wire.ProtocolVersion(major=major, minor=3)
    with pytest.raises(VersionMismatch, match=side):
        async with Session(daemon.endpoint):
            pass


async def test_a_daemon_with_a_newer_minor_version_serves(daemon):
    daemon.protocol = wire.ProtocolVersion(major=1, minor=99)
    async with Session(daemon.endpoint) as session:
        assert session.capabilities.protocol.minor == 99


async def test_no_daemon_is_told_with_what_to_do():
    with pytest.raises(Unavailable, match="sfumato serve"):
        async with Session(Endpoint("127.0.0.1:1", "")):
            pass


async def test_cancel_ends_the_job_and_iteration_says_so(daemon):
    async def waits(job, first):
        yield Event(started=wire.Started(engine="fill"))
        await job.cancelled.wait()

    daemon.script = waits
    async with Session(daemon.endpoint) as session:
        job = await session.inpaint(small_edit())
        told = []
        with pytest.raises(Cancelled):
            async for event in job:
                told.append(type(event))
                if isinstance(event, Started):
                    await job.cancel()
    assert told == [Accepted, Started]
    assert "Cancel" in daemon.calls


async def test_cancel_during_the_upload_stops_it(daemon):
    daemon.hold_upload = asyncio.Event()
    async with Session(daemon.endpoint) as session:
        job = await session.start(small_edit(4000, 4000))
        await daemon.chunk_received.wait()
        await job.cancel()
        with pytest.raises(Cancelled):
            await job.accepted()
        daemon.hold_upload.set()
    assert not daemon.jobs


async def test_the_same_request_id_is_the_same_job(daemon):
    async with Session(daemon.endpoint) as session:
        first = await session.inpaint(small_edit(request_id="abc"))
        second = await session.inpaint(small_edit(request_id="abc"))
        assert first.id == second.id
        assert await anext(second) == Accepted("job-0", existing=True)


async def test_a_stored_input_sends_no_pixels(daemon):
    edit = Edit(Extent(10, 10), Parameters(), stored_input="job-9")
    daemon.refusal = (grpc.StatusCode.NOT_FOUND, "INPUTS_GONE", "They are gone.", [])
    async with Session(daemon.endpoint) as session:
        with pytest.raises(NotFound):
            await session.inpaint(edit)
    assert daemon.headers[0].stored_input.job_id == "job-9"
    assert not daemon.headers[0].planes


async def test_an_edit_without_pixels_or_stored_input_is_refused_here(daemon):
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Refused, match="regions"):
            await session.inpaint(Edit(Extent(10, 10), Parameters()))


async def test_attach_takes_up_a_job_and_unknown_ones_are_not_found(daemon):
    async with Session(daemon.endpoint) as session:
        job = await session.inpaint(small_edit())
        again = await session.attach(job.id)
        assert [type(e) for e in [e async for e in again]][-2:] == [Result, Done]
        with pytest.raises(NotFound):
            await session.attach("nobody's")


async def test_models_queue_and_jobs_can_be_asked_for(daemon):
    async with Session(daemon.endpoint) as session:
        assert [model.name for model in (await session.models()).models] == ["fill"]
        assert [reply.paused async for reply in session.watch_queue()] == [False, True]
        assert [job.job_id async for job in session.jobs()] == ["old-0", "old-1"]


async def test_two_edits_on_one_session_each_get_their_own_result(daemon):
    edits = [small_edit(300 + n, 200, seed=n) for n in range(4)]

    async def run(session, edit):
        results = [e async for e in await session.inpaint(edit) if isinstance(e, Result)]
        return bytes(results[0].pieces[0].color.data)

    async with Session(daemon.endpoint) as session:
        found = await asyncio.gather(*(run(session, edit) for edit in edits))
    assert found == [edit.regions[0].picture.data for edit in edits]


async def test_an_early_end_without_an_error_is_not_taken_for_success(daemon):
    async def stops(job, first):
        yield Event(started=wire.Started(engine="fill"))

    daemon.script = stops
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Protocol, match="how the job ended"):
            async for _ in await session.inpaint(small_edit()):
                pass
