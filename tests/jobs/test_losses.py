"""Hosts that die take no job with them that can be tried again."""

import asyncio
import random
from pathlib import Path

import pytest

from sfumato.engines.arena import Arena
from sfumato.engines.messages import Notice, VariationDone
from sfumato.jobs.events import Done, Failed
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


async def test_a_job_survives_one_lost_host(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPPET_FLAG", str(tmp_path / "crashed"))
    job = await submit(jobs, "crash-once:2", seed=5)
    events = await events_of(jobs, job)
    assert (tmp_path / "crashed").exists()
    assert [e.code for e in events if isinstance(e, Notice)].count("ENGINE_RESTARTED") == 1
    assert isinstance(events[-1], Done) and job.seeds == {0: 5} and job.losses == 1


async def test_a_second_attempt_makes_no_finished_variation_again(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPPET_FLAG", str(tmp_path / "crashed"))
    job = await submit(jobs, "crash-once:5", seed=5, steps=6, variations=2)
    whole = job.pixels
    events = await events_of(jobs, job)
    assert job.losses == 1 and isinstance(events[-1], Done)
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    with Arena.open(job.work.arena) as arena:  # The puppet adds: twice would be seen.
        assert [arena.array(c).max() for c in job.work.regions[0].colors] == [5, 6]
    assert job.pixels == whole / 2  # What the second attempt's seconds were learned for.


async def test_a_job_that_kills_two_hosts_fails_and_the_next_one_runs(jobs: Jobs) -> None:
    deadly = await submit(jobs, "crash:2")
    harmless = await submit(jobs)
    ending = (await events_of(jobs, deadly))[-1]
    assert isinstance(ending, Failed) and ending.code == "ENGINE_LOST"
    assert "SIGSEGV" in ending.message and "twice" in ending.message
    assert isinstance((await events_of(jobs, harmless))[-1], Done)


async def test_a_deadly_job_takes_nobody_with_it(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(puppet(capacity=4, options=(("step_seconds", "0.001"),)))
    deadly = await submit(jobs, "crash:20", steps=40)
    harmless = [await submit(jobs, steps=40) for _ in range(5)]
    assert isinstance((await events_of(jobs, deadly))[-1], Failed)
    for job in harmless:
        assert isinstance((await events_of(jobs, job))[-1], Done)
    after = [await submit(jobs, steps=FOREVER, owner=owner) for owner in "abcd"]
    assert {job.state for job in after} == {JobState.RUNNING}


@pytest.mark.slow
async def test_fifty_random_kills_lose_nothing_that_can_be_retried(make_jobs: MakeJobs) -> None:
    chance = random.Random(5)
    jobs = await make_jobs(puppet(capacity=2, options=(("step_seconds", "0.002"),)))
    killed = 0
    for _ in range(50):
        pair = [await submit(jobs, steps=150) for _ in range(2)]
        await until_step(jobs, pair[0], chance.randrange(1, 60))
        host = host_of(jobs)
        host.kill()
        while jobs._hosts["puppet@cpu"].pid == host.pid:  # A second kill would be a second loss.
            await asyncio.sleep(0.001)
        endings = [(await events_of(jobs, job))[-1] for job in pair]
        assert all(isinstance(ending, Done) for ending in endings)
        killed += any(job.losses for job in pair)
    assert killed > 10  # The others had ended before they could be killed.
    assert jobs.snapshot("ann").places == ()
