"""What is cancelled ends at once, whatever happens meanwhile."""

import asyncio

from sfumato.engines.patience import Patience
from sfumato.jobs.events import Cancelled, Done, Failed, Queued
from sfumato.jobs.job import JobState
from sfumato.jobs.jobs import Jobs
from tests.support.engines import puppet
from tests.support.submitting import (
    FOREVER,
    MakeJobs,
    events_of,
    host_of,
    submit,
    until_step,
)


async def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    await submit(jobs, steps=FOREVER)
    waiting = [await submit(jobs) for _ in range(2)]
    assert (await jobs.cancel("ann", waiting[0].id)).state is JobState.CANCELLED
    assert isinstance(waiting[0].events.ending, Cancelled)
    assert await anext(jobs.events(waiting[1])) == Queued(1, None)


async def test_a_cancelled_job_has_ended_when_the_call_returns(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED


async def test_a_job_is_cancelled_before_its_host_is_up(make_jobs: MakeJobs) -> None:
    slow = puppet(options=(("start_seconds", "60"),), interruptible=False)
    jobs = await make_jobs(slow)
    job = await submit(jobs)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED


async def test_a_cancel_is_not_forgotten_when_the_host_dies_meanwhile(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    host_of(jobs).suspend()
    cancelling = asyncio.ensure_future(jobs.cancel("ann", job.id))
    await asyncio.sleep(0)
    host_of(jobs).kill()
    assert (await cancelling).state is JobState.CANCELLED


async def test_cancels_that_race_with_the_end_leave_one_ending_each(
    make_jobs: MakeJobs,
) -> None:
    # The engine answers every cancel, so that an edit at its last step is done.
    jobs = await make_jobs(puppet(capacity=4), patience=Patience(cancel=60.0))
    outcomes = set()

    async def race(cancelled_at: int, steps: int = 400) -> None:
        job = await submit(jobs, steps=steps)
        await until_step(jobs, job, cancelled_at)
        ended, events = await asyncio.gather(jobs.cancel("ann", job.id), events_of(jobs, job))
        endings = [e for e in events if isinstance(e, Done | Failed | Cancelled)]
        assert len(endings) == 1 and ended.state.ended
        outcomes.add(ended.state)

    for _ in range(8):
        await asyncio.gather(race(1, FOREVER), *(race(at) for at in (100, 300, 400)))
    assert outcomes == {JobState.DONE, JobState.CANCELLED}
    assert jobs.snapshot("ann").places == ()
