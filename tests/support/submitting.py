"""Jobs for the jobs layer with real engine hosts, and what tests wait for of them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil

from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.jobs.events import JobEvent, Progress
from sfumato.jobs.job import Job, JobState, Submission
from sfumato.jobs.jobs import Jobs
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, small_layout

MakeJobs = Callable[..., "asyncio.Future[Jobs]"]

FOREVER = 10**7


async def new_work(jobs: Jobs, prompt: str = "", **parameters: object) -> Work:
    wanted = Parameters(prompt=prompt, **{"steps": 3, **parameters})  # type: ignore[arg-type]
    layout, region = small_layout(wanted.variations)
    job_id = jobs.admission.new_id()
    with await jobs.admission.create_arena(job_id, layout) as arena:
        arena.array(region.picture)[:] = 77
    return Work(job_id, str(arena.path), Extent(SIDE, SIDE), (region,), wanted)


async def submit(jobs: Jobs, prompt: str = "", owner: str = "ann", **fields: object) -> Job:
    names = Submission.__dataclass_fields__
    parameters = {name: value for name, value in fields.items() if name not in names}
    rest = {name: value for name, value in fields.items() if name in names}
    work = await new_work(jobs, prompt, **parameters)
    defaults = {"engine": "puppet", "request_id": work.id, "digest": "d", "owner": owner}
    return await jobs.submit(Submission(work=work, **{**defaults, **rest}))  # type: ignore[arg-type]


async def events_of(jobs: Jobs, job: Job) -> list[JobEvent]:
    return [event async for event in jobs.events(job)]


async def until_step(jobs: Jobs, job: Job, step: int = 1) -> None:
    """Until the job has done this step, or has ended before its progress was read."""
    async for event in jobs.events(job):
        if isinstance(event, Progress) and event.step >= step:
            return


def host_of(jobs: Jobs, engine: str = "puppet") -> psutil.Process:
    pid = jobs._hosts[f"{engine}@cpu"].pid
    assert pid
    return psutil.Process(pid)


async def until_gone(*gone: Job) -> None:
    while any(Path(job.work.arena).exists() for job in gone):
        await asyncio.sleep(0.01)


async def until_state(jobs: Jobs, job: Job, state: JobState) -> None:
    async for _ in jobs.watch(job.owner):
        if job.state is state:
            return


def steps_of(events: list[JobEvent]) -> list[int]:
    return [event.step for event in events if isinstance(event, Progress)]
