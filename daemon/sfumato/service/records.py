"""Jobs in lists and the queue as messages of the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import reduce

from google.protobuf.timestamp_pb2 import Timestamp

from sfumato.jobs.job import Job, JobState
from sfumato.jobs.snapshot import Snapshot
from sfumato.service.events import bounds
from sfumato.service.parameters import stated
from sfumato.service.vocabulary import JOB_STATES
from sfumato_client.geometry import Bounds
from sfumato_client.wire import jobs_pb2 as pb
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
    )


def queue(snapshot: Snapshot) -> pb.WatchQueueResponse:
    """The queue."""
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
            )
            for place in snapshot.places
        ],
        devices=[
            pb.Device(name=device.name, running=device.running) for device in snapshot.devices
        ],
        draining=snapshot.draining,
        paused=snapshot.paused,
    )


def page(jobs: Iterable[Job], request: pb.ListJobsRequest, page_size: int) -> pb.ListJobsResponse:
    """One page of a list, newest first. The token is the last job of the page before."""
    states = {JOB_STATES.domain(state) for state in request.states}
    rest = iter(jobs)
    if request.page_token:
        for job in rest:
            if job.id == request.page_token:
                break
    wanted = (job for job in rest if not states or job.state in states)
    found = [job for job, _ in zip(wanted, range(page_size + 1), strict=False)]
    token = found[page_size - 1].id if len(found) > page_size else ""
    return pb.ListJobsResponse(
        jobs=[summary(job) for job in found[:page_size]], next_page_token=token
    )


def _time(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
