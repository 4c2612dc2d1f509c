"""Jobs for tests that need no engine."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.jobs.archive import Archive
from sfumato.jobs.job import Job, JobState, OnDisconnect, Submission
from sfumato.jobs.jobs import Jobs
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, small_layout

_numbers = count()


def small_job(engine: str = "puppet", private: bool = False, variations: int = 1) -> Job:
    """A waiting job of ``SIDE`` x ``SIDE`` pixels a variation, without an arena."""
    arrival = next(_numbers)
    _, region = small_layout(variations)
    parameters = Parameters(variations=variations)
    work = Work(f"job-{arrival}", "", Extent(SIDE, SIDE), (region,), parameters)
    submission = Submission("ann", work.id, "digest", engine, work, private=private)
    return Job(submission, arrival, OnDisconnect.KEEP)


async def listed(jobs: Jobs, owner: str) -> list[Job]:
    """All of an owner's jobs, newest first."""
    return [job async for job in jobs.list(owner)]


async def stored_job(
    archive: Archive, *, owner: str = "ann", private: bool = False, title: str = ""
) -> Job:
    """A new job of the archive, with its arena, waiting for an engine that never comes."""
    number = next(_numbers)
    layout, region = small_layout()
    with await archive.create_arena(f"job-{number}", layout) as arena:
        path = Path(arena.path)
    work = Work(f"job-{number}", str(path), Extent(SIDE, SIDE), (region,), Parameters())
    submission = Submission(
        owner, f"request-{number}", "digest", "puppet", work, private=private, title=title
    )
    job = Job(submission, number, OnDisconnect.KEEP)
    await archive.add(job)
    return job


def end(archive: Archive, job: Job, state: JobState = JobState.CANCELLED) -> None:
    """End a job, as an engine or its owner would have."""
    job.move(state)
    archive.keep(job)
