"""Jobs as rows of the journal: what was asked, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter

from sfumato.engines.messages import Notice, VariationDone
from sfumato.engines.parameters import Parameters
from sfumato.jobs.events import Cancelled, Done, Ending, Failed, Started, Timings
from sfumato.jobs.job import Job, JobState, OnDisconnect, Submission


@dataclass(frozen=True, slots=True)
class Course:
    """What has become of a job, as far as the next daemon must know; fields are those of ``Job``.

    ``reason`` says why it was cancelled, and ``notices`` are codes with their sentences.
    """

    state: JobState
    arrival: int
    on_disconnect: OnDisconnect
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    inputs_digest: str
    seeds: dict[int, int]
    digests: dict[int, str]
    resolved: Parameters | None
    environment: dict[str, str]
    timings: Timings
    notices: tuple[tuple[str, str], ...]
    failure: Failed | None
    reason: str
    arena_kept: bool
    delivered: bool
    losses: int


class Row(NamedTuple):
    """A job in the journal; ``round`` counts the syncs before it was written last."""

    id: str
    owner: str
    request_id: str
    number: int
    submission: str
    course: str
    round: int


def course_of(job: Job) -> Course:
    """What has become of a job up to now."""
    return Course(
        state=job.state,
        arrival=job.arrival,
        on_disconnect=job.on_disconnect,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        inputs_digest=job.inputs_digest,
        seeds=dict(job.seeds),
        digests=dict(job.digests),
        resolved=job.resolved,
        environment=dict(job.environment),
        timings=job.timings,
        notices=tuple((notice.code, notice.message) for notice in job.events.notices),
        failure=job.failure,
        reason=job.cancelling,
        arena_kept=job.arena_kept,
        delivered=job.delivered,
        losses=job.losses,
    )


def job_of(submission: Submission, course: Course) -> Job:
    """The job as it was when it was written down, with the events that late watchers are told."""
    job = Job(
        submission=submission,
        arrival=course.arrival,
        on_disconnect=course.on_disconnect,
        state=course.state,
        created_at=course.created_at,
        started_at=course.started_at,
        ended_at=course.ended_at,
        inputs_digest=course.inputs_digest,
        seeds=course.seeds,
        inherited=frozenset(course.seeds),
        digests=course.digests,
        resolved=course.resolved,
        environment=course.environment,
        timings=course.timings,
        failure=course.failure,
        cancelling=course.reason,
        arena_kept=course.arena_kept,
        delivered=course.delivered,
        losses=course.losses,
    )
    ending = ending_of(job)
    if ending is not None and job.started_at is not None:
        job.events.publish(Started(job.engine, job.model))
    for code, message in course.notices:
        job.events.publish(Notice(job.id, code, message))
    for variation, seed in sorted(job.seeds.items()):
        if submission.work.wanted(variation):
            job.events.publish(VariationDone(job.id, variation, seed))
    if ending is not None:
        job.events.publish(ending)
    return job


def ending_of(job: Job) -> Ending | None:
    """How the job ended; None if it has not."""
    match job.state:
        case JobState.DONE:
            assert job.resolved is not None
            seed = job.seeds.get(0, job.resolved.seed)
            return Done(seed, job.resolved, job.timings)
        case JobState.FAILED:
            return job.failure
        case JobState.CANCELLED:
            return Cancelled(job.cancelling)
        case _:
            return None


# Made when first used: it takes a moment, and an idle daemon writes nothing.


@cache
def submissions() -> TypeAdapter[Submission]:
    """How a submission is written and read."""
    return TypeAdapter(Submission)


@cache
def courses() -> TypeAdapter[Course]:
    """How a course is written and read."""
    return TypeAdapter(Course)


def read(row: Row) -> tuple[Submission, Course]:
    """What a row tells; ``ValueError`` if it cannot be read."""
    return submissions().validate_json(row.submission), courses().validate_json(row.course)
