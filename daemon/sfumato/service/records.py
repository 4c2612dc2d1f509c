"""Jobs in lists and the queue as messages of the wire."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Collection
from dataclasses import asdict
from datetime import UTC, datetime
from functools import reduce

from google.protobuf.timestamp_pb2 import Timestamp

from sfumato.jobs.job import Job, JobState
from sfumato.jobs.snapshot import Snapshot
from sfumato.service.events import bounds
from sfumato.service.parameters import stated
from sfumato.service.status import invalid
from sfumato.service.vocabulary import JOB_STATES
from sfumato_client.geometry import Bounds
from sfumato_client.wire import jobs_pb2 as pb
from sfumato_client.wire import parameters_pb2
from sfumato_client.wire import pixels_pb2 as px


def summary(job: Job) -> pb.JobSummary:
    """A job as its owner sees it in a list."""
    windows = [region.window for region in job.work.regions]
    return pb.JobSummary(
        job_id=job.id,
        state=JOB_STATES.wire(job.state),
        title=job.submission.title,
        client=job.submission.client,
        engine=job.engine,
        model=job.model,
        created_at=_time(job.created_at),
        started_at=_time(job.started_at),
        ended_at=_time(job.ended_at),
        error=job.failure.message if job.failure else "",
        bounds=bounds(reduce(Bounds.union, windows)),
        inputs_kept=job.arena_kept,
        results_kept=job.arena_kept and job.state is JobState.DONE,
    )


def record(job: Job) -> pb.GetJobResponse:
    """All that is known of a job."""
    canvas, variations = job.work.canvas, job.work.parameters.variations
    extras = range(len(job.work.extras))
    return pb.GetJobResponse(
        summary=summary(job),
        requested=stated(job.work.parameters, extras),
        resolved=stated(job.resolved, extras) if job.resolved else None,
        canvas=px.Extent(width=canvas.width, height=canvas.height),
        environment=job.environment,
        result_digests=[job.digests.get(variation, "") for variation in range(variations)],
        inputs_digest=job.inputs_digest,
        seeds=[job.work.parameters.seed + variation for variation in range(variations)],
        seconds=asdict(job.timings),
        notices=[notice.message for notice in job.events.notices],
        private=job.submission.private,
        stages=[
            parameters_pb2.Stage(
                name=stage.name,
                parameters=stated(stage.parameters, extras),
                emit_result=stage.emit,
                boundary=stage.boundary,
            )
            for stage in job.work.stages
        ],
    )


def queue(snapshot: Snapshot, named: Callable[[str], str]) -> pb.WatchQueueResponse:
    """The queue; ``named`` says what people call an owner."""
    return pb.WatchQueueResponse(
        entries=[
            pb.QueueEntry(
                job_id=place.job_id,
                state=JOB_STATES.wire(place.state),
                position=place.position,
                eta_seconds=place.eta,
                mine=place.mine,
                title=place.title,
                step=place.step,
                steps=place.steps,
                model=place.model,
                priority=place.priority.name.lower(),
                owner=named(place.owner) if place.owner else "",
                seconds_in_state=place.seconds,
                phase=place.phase,
            )
            for place in snapshot.places
        ],
        devices=[
            pb.Device(
                name=device.name,
                running=device.running,
                memory_used_bytes=device.memory[0],
                memory_bytes=device.memory[1],
                models=device.models,
                busy=device.busy,
                batch=device.batch,
                loaded=[
                    pb.LoadedModel(name=name, memory_bytes=taken) for name, taken in device.loaded
                ],
            )
            for device in snapshot.devices
        ],
        draining=snapshot.draining,
        paused=snapshot.paused,
    )


async def page(
    jobs: AsyncIterable[Job], states: Collection[pb.JobState], page_size: int
) -> pb.ListJobsResponse:
    """One page of a list, of the jobs in these states if any. The token is the page's last job."""
    wanted = {JOB_STATES.domain(state) for state in states}
    found: list[Job] = []
    async for job in jobs:
        if wanted and job.state not in wanted:
            continue
        if len(found) == page_size:
            break
        found.append(job)
    else:
        return pb.ListJobsResponse(jobs=map(summary, found))
    return pb.ListJobsResponse(jobs=map(summary, found), next_page_token=found[-1].id)


def _time(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def moment(stamp: Timestamp) -> datetime:
    """The time that a request's ``before`` says; a ``Refusal`` for what is none."""
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise invalid("before", "before is no time between the years 1 and 9999.") from None
