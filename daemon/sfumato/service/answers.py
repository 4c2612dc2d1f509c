"""What a question tells its client: phases, then what was found with the selection's pixels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

from sfumato.engines.messages import Found
from sfumato.jobs.events import Done, JobEvent, Progress, Queued, Started
from sfumato.jobs.job import Job
from sfumato.service.deliver import chunks, open_arena, pack
from sfumato.service.events import bounds, event
from sfumato.service.planes import Codec
from sfumato_client.wire import segment_pb2 as pb

_WAITING = "waiting"
_LOOKING = "looking"


async def told(job: Job, events: AsyncGenerator[JobEvent]) -> AsyncGenerator[pb.SegmentEvent]:
    """A question's events on the wire; an ending without an answer is raised as a ``Refusal``."""
    found, phase = Found(job.id, ()), ""
    async with aclosing(events):
        async for news in events:
            now = phase
            match news:
                case Queued():
                    now = _WAITING
                case Started():
                    now = _LOOKING
                case Progress(phase=words):
                    now = words
                case Found():
                    found = news
                case Done():
                    async with aclosing(_answer(job, found)) as parts:
                        async for part in parts:
                            yield part
                case _:
                    event(news, job)  # It raises what went wrong.
            if now != phase:
                phase = now
                yield pb.SegmentEvent(phase=phase)


async def _answer(job: Job, found: Found) -> AsyncGenerator[pb.SegmentEvent]:
    with await open_arena(job.work.arena) as arena, ExitStack() as files:
        selection = job.work.regions[0].selection
        packed = await asyncio.to_thread(pack, arena, selection, Codec.DEFLATE, files)
        instances = [
            pb.Instance(
                box=bounds(instance.box), confidence=instance.confidence, label=instance.label
            )
            for instance in found.instances
        ]
        yield pb.SegmentEvent(
            segmented=pb.Segmented(plane=packed.announcement, instances=instances, model=job.model)
        )
        async for chunk in chunks([packed]):
            yield pb.SegmentEvent(chunk=chunk)
