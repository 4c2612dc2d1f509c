"""What a job tells its client: the jobs' events as messages of the wire, results with pixels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack

from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from sfumato.engines.messages import Found, Notice, Preview, VariationDone
from sfumato.engines.work import PlaneRef
from sfumato.jobs.events import Cancelled, Done, Failed, JobEvent, Progress, Queued, Started
from sfumato.jobs.job import Job
from sfumato.service.deliver import PackedPlane, chunks, colour_codec, open_arena, pack
from sfumato.service.parameters import stated
from sfumato.service.planes import Codec
from sfumato.service.status import Outcome
from sfumato_client.geometry import Bounds
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px


def event(told: JobEvent, job: Job) -> pb.InpaintEvent:
    """One event without pixels; an ending without a result is raised as an ``Outcome``."""
    match told:
        case Queued(position, eta):
            return pb.InpaintEvent(queued=pb.Queued(position=position, eta_seconds=eta))
        case Started(engine, model):
            return pb.InpaintEvent(started=pb.Started(engine=engine, model=model))
        case Progress(step, steps, phase, eta):
            progress = pb.Progress(step=step, steps=steps, phase=phase, eta_seconds=eta)
            return pb.InpaintEvent(progress=progress)
        case Preview():
            preview = pb.Preview(
                image=told.image,
                bounds=bounds(told.bounds),
                variation=told.variation,
                draft=told.draft,
            )
            return pb.InpaintEvent(preview=preview)
        case Notice():
            return pb.InpaintEvent(notice=pb.Notice(code=told.code, message=told.message))
        case Done():
            return pb.InpaintEvent(done=_done(told, job))
        case Failed(code, message, refused):
            status = StatusCode.FAILED_PRECONDITION if refused else StatusCode.INTERNAL
            raise Outcome(status, code, message)
        case Cancelled(message):
            raise Outcome(StatusCode.CANCELLED, "CANCELLED", message)
        case VariationDone() | Found():
            raise AssertionError("pixels are told by `result` and by `answers`")


def bounds(place: Bounds) -> px.Bounds:
    """A rectangle on the wire."""
    return px.Bounds(x=place.x, y=place.y, width=place.width, height=place.height)


async def result(
    job: Job, variation: VariationDone, loopback: bool, codecs: Sequence[Codec]
) -> AsyncGenerator[pb.InpaintEvent]:
    """One variation: its announcement, then its planes' bytes.

    On the way to ``loopback`` colour is not packed, elsewhere with the first fitting codec of
    those the client reads. ``Refusal`` if the job's pictures are no longer kept.
    """
    with await open_arena(job.work.arena) as arena, ExitStack() as files:
        announced: list[pb.ResultPlane] = []
        packed: list[PackedPlane] = []
        for role, index, ref in _planes(job, variation.variation):
            codec = Codec.DEFLATE
            if role == pb.ResultPlane.ROLE_COLOR:
                codec = colour_codec(ref, loopback, codecs)
            plane = await asyncio.to_thread(pack, arena, ref, codec, files)
            place = bounds(job.work.regions[index].window)
            packed.append(plane)
            announced.append(
                pb.ResultPlane(region=index, role=role, plane=plane.announcement, bounds=place)
            )
        number, stage = job.work.made_by(variation.variation)
        yield pb.InpaintEvent(
            result=pb.Result(variation=number, seed=variation.seed, planes=announced, stage=stage)
        )
        async for chunk in chunks(packed):
            yield pb.InpaintEvent(chunk=chunk)


def _planes(job: Job, variation: int) -> list[tuple[pb.ResultPlane.Role, int, PlaneRef]]:
    color, mask = pb.ResultPlane.ROLE_COLOR, pb.ResultPlane.ROLE_MASK
    return [
        plane
        for index, region in enumerate(job.work.regions)
        for plane in (
            (color, index, region.colors[variation]),
            (mask, index, region.result_mask),
        )
    ]


def _done(told: Done, job: Job) -> pb.Done:
    timings = pb.Timings(
        receive=told.timings.receive,
        queue=told.timings.queue,
        load=told.timings.load,
        engine=told.timings.engine,
        compose=told.timings.compose,
    )
    done_at = Timestamp()
    if job.ended_at is not None:
        done_at.FromDatetime(job.ended_at)
    # Control and reference images come after the regions' planes.
    first = sum(2 if region.mask is None else 3 for region in job.work.regions)
    resolved = stated(told.resolved, range(first, first + len(job.work.extras)))
    return pb.Done(seed=told.seed, resolved=resolved, timings=timings, done_at=done_at)
