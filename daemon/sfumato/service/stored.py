"""The pictures that the daemon keeps of a job, as a stream of planes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from sfumato.engines.work import PlaneRef
from sfumato.jobs.job import Job
from sfumato.service.deliver import chunks, colour_codec, open_arena, pack
from sfumato.service.events import bounds
from sfumato.service.planes import Codec
from sfumato_client.geometry import Bounds
from sfumato_client.wire import jobs_pb2 as pb


@dataclass(frozen=True, slots=True)
class _Stored:
    role: str
    index: int
    ref: PlaneRef
    place: Bounds | None
    variation: int = 0


async def stored(
    job: Job, inputs: bool, results: bool, loopback: bool
) -> AsyncGenerator[pb.ReadJobResponse]:
    """A job's planes, each with its bytes behind it; chunks count the planes of the stream.

    ``Refusal`` if the pictures are no longer kept. Results are those variations that are done.
    """
    planes = [*(_inputs(job) if inputs else ()), *(_results(job) if results else ())]
    with await open_arena(job.work.arena) as arena:
        for number, plane in enumerate(planes):
            codec = Codec.DEFLATE
            if len(plane.ref.shape) == 3:
                codec = colour_codec(plane.ref, loopback, ())
            with ExitStack() as files:
                packed = await asyncio.to_thread(pack, arena, plane.ref, codec, files)
                announced = pb.StoredPlane(
                    role=plane.role,
                    index=plane.index,
                    variation=plane.variation,
                    plane=packed.announcement,
                    bounds=bounds(plane.place) if plane.place else None,
                )
                yield pb.ReadJobResponse(plane=announced)
                async for chunk in chunks([packed]):
                    chunk.plane = number
                    yield pb.ReadJobResponse(chunk=chunk)


def _inputs(job: Job) -> Iterator[_Stored]:
    for index, region in enumerate(job.work.regions):
        yield _Stored("picture", index, region.picture, region.window)
        yield _Stored("selection", index, region.selection, region.window)
        if region.mask is not None:
            yield _Stored("mask", index, region.mask, region.window)
    references = {reference.plane for reference in job.work.parameters.references}
    for index, ref in enumerate(job.work.extras):
        yield _Stored("reference" if index in references else "control", index, ref, None)


def _results(job: Job) -> Iterator[_Stored]:
    for variation in range(job.work.parameters.variations):
        if variation not in job.seeds:
            continue
        for index, region in enumerate(job.work.regions):
            yield _Stored("color", index, region.colors[variation], region.window, variation)
    if job.seeds:
        for index, region in enumerate(job.work.regions):
            yield _Stored("result_mask", index, region.result_mask, region.window)
