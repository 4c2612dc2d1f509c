"""Hosts that join and leave while the daemon runs."""

import asyncio

import pytest

from sfumato.jobs.crew import Standing
from sfumato.jobs.errors import LastHost, UnknownHost
from sfumato.jobs.job import JobState
from sfumato.jobs.jobs import Jobs
from tests.support.engines import puppet
from tests.support.submitting import FOREVER, MakeJobs, submit, until_state, until_step


@pytest.fixture
async def two(make_jobs: MakeJobs) -> Jobs:
    """Jobs with two hosts."""
    return await make_jobs(puppet(), puppet())


def standings(jobs: Jobs) -> dict[str, Standing]:
    return {member.load.name: member.standing for member in jobs.crew.members()}


async def until_away(jobs: Jobs, name: str) -> None:
    async with asyncio.timeout(60):
        while name in standings(jobs):
            await asyncio.sleep(0.01)


async def test_a_retired_host_ends_what_it_has_gets_nothing_new_and_goes(two: Jobs) -> None:
    jobs = two
    first, second = [await submit(jobs, steps=FOREVER) for _ in range(2)]
    await asyncio.gather(*(until_step(jobs, job) for job in (first, second)))
    at_first, at_second = (jobs._hosts.at(job.id) for job in (first, second))
    [leaving] = [name for name, host in jobs._hosts.items() if host is at_first]
    jobs.crew.retire(leaving)
    assert standings(jobs)[leaving] is Standing.LEAVING
    waiting = await submit(jobs, steps=FOREVER)
    assert (first.state, waiting.state) == (JobState.RUNNING, JobState.QUEUED)

    await jobs.cancel("ann", first.id)
    await until_away(jobs, leaving)
    assert waiting.state is JobState.QUEUED
    await jobs.cancel("ann", second.id)
    await until_step(jobs, waiting)
    assert jobs._hosts.at(waiting.id) is at_second


async def test_what_stands_still_at_a_host_that_leaves_goes_on_elsewhere(two: Jobs) -> None:
    jobs = two
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    [leaving] = [name for name, host in jobs._hosts.items() if host.running]
    await jobs.hold("ann", job.id, True)
    await until_state(jobs, job, JobState.PAUSED)
    jobs.crew.retire(leaving)
    await until_away(jobs, leaving)
    await jobs.hold("ann", job.id, False)
    await until_step(jobs, job)
    assert (job.state, job.losses) == (JobState.RUNNING, 0)


async def test_the_last_host_of_an_engine_stays_and_unknown_ones_are_told(two: Jobs) -> None:
    jobs = two
    with pytest.raises(UnknownHost, match="There are: puppet@cpu, puppet@cpu#2"):
        jobs.crew.retire("puppet@cuda:7")
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    busy, idle = sorted(jobs._hosts.items(), key=lambda item: -item[1].running)
    jobs.crew.retire(busy[0])
    jobs.crew.retire(busy[0])  # It leaves already.
    with pytest.raises(LastHost, match="only host of the puppet engine"):
        jobs.crew.retire(idle[0])
    assert jobs.crew.join(puppet()) == "puppet@cpu#3"
    jobs.crew.retire(idle[0])
    await until_away(jobs, idle[0])


async def test_a_daemon_that_ends_waits_for_no_host_that_is_to_leave(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(puppet(), puppet())
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    [leaving] = [name for name, host in jobs._hosts.items() if host.running]
    jobs.crew.retire(leaving)
    await jobs.close()
    assert job.state is JobState.QUEUED
