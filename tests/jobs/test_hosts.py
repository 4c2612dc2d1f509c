"""Several hosts for one engine: none is idle, none is a loss, and they come and go."""

import asyncio
import math
from pathlib import Path

import psutil
import pytest

from benchmarks import hosts
from benchmarks.hosts import ended, holder, submitted
from benchmarks.simulate import Simulation
from benchmarks.studios import Studio
from sfumato.engines.patience import Patience
from sfumato.jobs.events import Done
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.placement import Places
from sfumato.jobs.scheduler import Scheduler
from tests.jobs.test_queue import POLICY, entry
from tests.support.engines import puppet
from tests.support.simulation import p95
from tests.support.submitting import FOREVER, MakeJobs, submit, until_step

LONG = 10**7


async def until_steps(*jobs: Job) -> None:
    async with asyncio.timeout(60):
        while not all(job.state is JobState.RUNNING and job.step for job in jobs):
            await asyncio.sleep(0.01)


async def test_every_host_has_work_and_a_cancel_reaches_the_right_one(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(holder(), holder())
    first, second = [await submitted(jobs, number, steps=LONG) for number in range(2)]
    await until_steps(first, second)
    assert (await jobs.cancel(first.owner, first.id)).state is JobState.CANCELLED
    at = second.step
    while second.step < at + 3:
        await asyncio.sleep(0.01)
    assert second.state is JobState.RUNNING


async def test_hosts_that_die_lose_no_job_and_deliver_none_twice(tmp_path: Path) -> None:
    tally = await hosts.killed(tmp_path, kills=3)
    assert tally.wrong == [] and tally.kills == 3
    assert all(len(endings) == 1 for endings in tally.endings.values())


async def test_a_job_that_lost_its_host_runs_at_another(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(holder(), holder())
    first, second = [await submitted(jobs, number, steps=LONG) for number in range(2)]
    await until_steps(first, second)
    lost, other = jobs._hosts.at(first.id), jobs._hosts.at(second.id)
    assert lost and other and lost.pid and lost is not other
    psutil.Process(lost.pid).kill()
    await jobs.cancel(second.owner, second.id)
    async with asyncio.timeout(60):
        while first.losses == 0 or first.state is not JobState.RUNNING:
            await asyncio.sleep(0.01)
    assert jobs._hosts.at(first.id) is other


async def test_a_host_that_hangs_is_noticed_and_replaced(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(holder(), holder(), patience=Patience(heartbeat=0.1))
    job = await submitted(jobs, 1, steps=40)
    await until_steps(job)
    host = jobs._hosts.at(job.id)
    assert host and host.pid
    hung = psutil.Process(host.pid)
    hung.suspend()
    host._patience = Patience(heartbeat=0.1, silence=1.0)  # Now it is up and known to be silent.
    assert [type(ending) for ending in await ended(job)] == [Done]
    assert job.losses == 1
    await asyncio.to_thread(hung.wait, 60)


async def test_several_hosts_of_an_engine_on_one_device_are_told_apart(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(puppet(), puppet(), puppet("fill"))
    await until_step(jobs, await submit(jobs, steps=FOREVER))
    shown = [(device.name, device.running) for device in jobs.snapshot("ann").devices]
    assert sorted(shown) in ([("cpu", 1), ("cpu#2", 0)], [("cpu", 0), ("cpu#2", 1)])


async def test_a_host_that_joins_gets_what_waits(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(holder())
    first, second = [await submitted(jobs, number, steps=LONG) for number in range(2)]
    await until_steps(first)
    assert second.state is JobState.QUEUED
    jobs.crew.join(holder())
    await until_steps(first, second)


async def test_the_jobs_of_a_host_that_leaves_begin_anew_elsewhere_and_lose_nothing(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(holder(), holder())
    both = [await submitted(jobs, number, steps=30) for number in range(2)]
    await until_steps(*both)
    await jobs.crew.leave("puppet@cpu")
    endings = await asyncio.gather(*(ended(job) for job in both))
    assert all(isinstance(ending, Done) for [ending] in endings)
    assert [job.losses for job in both] == [0, 0]
    assert [host.spec.device for host in jobs._hosts] == ["cpu"]


# Where jobs are placed.


def at(*names: str) -> Scheduler:
    scheduler = Scheduler(POLICY)
    for name in names:
        scheduler.join(name, "fill")
    return scheduler


def place(scheduler: Scheduler, number: int, model: str, **places: Places) -> str:
    scheduler.add(entry(number, model=model), 0.0)
    start = scheduler.start("fill", places, 0.0)
    assert start and start.entry.id == f"job-{number}"
    return start.host


def test_a_job_goes_where_its_model_is() -> None:
    scheduler = at("a", "b")
    assert place(scheduler, 1, "one", a=Places(4, 0), b=Places(4, 0)) == "a"
    assert place(scheduler, 2, "two", a=Places(4, 1), b=Places(4, 0)) == "b"
    for job, model, host in ((3, "two", "b"), (4, "one", "a")):
        assert place(scheduler, job, model, a=Places(4, 1), b=Places(4, 1)) == host


def test_a_job_goes_elsewhere_when_loading_takes_less_than_waiting_for_others() -> None:
    scheduler = at("a", "b")
    assert place(scheduler, 1, "one", a=Places(40, 0), b=Places(40, 0)) == "a"
    assert place(scheduler, 2, "one", a=Places(40, 1), b=Places(40, 0)) == "a"
    assert place(scheduler, 3, "one", a=Places(40, 12), b=Places(40, 0)) == "b"


ONE_BUSY = {"a": Places(1, 1), "b": Places(1, 0)}
"""Two hosts for one job each; ``a`` works on one."""


def busy_for(seconds: float, load: float = 10.0) -> Scheduler:
    """Two hosts; ``a`` has a model, which takes so long to load, and a job of so many seconds."""
    scheduler = at("a", "b")
    assert place(scheduler, 1, "one", a=Places(1, 0), b=Places(1, 1)) == "a"
    scheduler.end("job-1", 1.0, load)
    scheduler.add(entry(2, model="one", cost=seconds), 1.0)
    assert scheduler.start("fill", {"a": Places(1, 0), "b": Places(1, 1)}, 1.0)
    return scheduler


def test_a_job_waits_for_a_busy_host_that_has_its_model_sooner_than_it_is_loaded() -> None:
    scheduler = busy_for(5.0)
    scheduler.add(entry(3, model="one"), 1.0)
    assert scheduler.start("fill", ONE_BUSY, 1.0) is None
    assert scheduler.again == 10.0
    scheduler.end("job-2", 6.0, 0.0)
    start = scheduler.start("fill", {"a": Places(1, 0), "b": Places(1, 0)}, 6.0)
    assert start and start.host == "a"


def test_no_job_waits_for_a_busy_host_while_a_free_one_has_its_model() -> None:
    scheduler = at("other", "busy", "free")
    for number, (host, model) in enumerate((("other", "two"), ("busy", "one"), ("free", "one"))):
        assert place(scheduler, number, model, **{host: Places(1, 0)}) == host
    scheduler.end("job-0", 1.0, 10.0)
    scheduler.end("job-2", 1.0, 10.0)
    scheduler.add(entry(3, model="one", cost=5.0), 1.0)
    places = {"other": Places(1, 0), "busy": Places(1, 1), "free": Places(1, 0)}
    start = scheduler.start("fill", places, 1.0)
    assert start and start.host == "free"


def test_it_waits_no_longer_than_loading_takes_if_that_host_does_not_keep_its_time() -> None:
    scheduler = busy_for(5.0)
    scheduler.add(entry(3, model="one"), 1.0)
    assert scheduler.start("fill", ONE_BUSY, 1.0) is None
    assert scheduler.start("fill", ONE_BUSY, 5.0) is None
    assert scheduler.again == 6.0
    start = scheduler.start("fill", ONE_BUSY, 11.0)
    assert start and start.host == "b"


def test_it_loads_at_once_what_a_host_has_that_is_busy_for_longer_or_that_takes_no_time() -> None:
    for scheduler in (busy_for(12.0), busy_for(5.0, load=0.0)):
        scheduler.add(entry(3, model="one"), 1.0)
        start = scheduler.start("fill", ONE_BUSY, 1.0)
        assert start and start.host == "b"
        assert scheduler.again == math.inf


def test_who_waits_for_a_host_makes_it_busy_for_the_next_and_others_pass() -> None:
    scheduler = busy_for(6.0)
    for number, model in ((3, "one"), (4, "one"), (5, "two")):
        scheduler.add(entry(number, model=model, cost=6.0), 1.0)
    start = scheduler.start("fill", ONE_BUSY, 1.0)
    assert start and (start.entry.id, start.host) == ("job-4", "b")
    scheduler = busy_for(6.0)
    for number, model in ((3, "one"), (4, "two")):
        scheduler.add(entry(number, model=model, cost=1.0), 1.0)
    start = scheduler.start("fill", ONE_BUSY, 1.0)
    assert start and (start.entry.id, start.host) == ("job-4", "b")


def test_ten_hosts_seldom_load_one_of_three_models_and_nobody_waits_longer_for_it() -> None:
    report = Simulation(Studio(artists=140, gpus=10, hours=0.4)).run()
    # Without waiting for a host that has the model 0.50, and 17 s.
    assert report.loads / report.edits < 0.3
    assert p95(report.waits) < 14.0


def test_of_equal_hosts_the_less_loaded_and_then_the_emptier_one_is_taken() -> None:
    assert place(at("a", "b"), 1, "one", a=Places(4, 1), b=Places(4, 0)) == "b"
    assert place(at("a", "b"), 1, "one", a=Places(4, 0, 1), b=Places(4, 0, 2)) == "b"


def test_a_job_that_stands_still_waits_for_its_host_and_is_no_reason_to_yield_elsewhere() -> None:
    scheduler = at("a", "b")
    scheduler.add(entry(1, priority=2), 0.0)
    assert scheduler.start("fill", {"b": Places(1, 0)}, 0.0)
    scheduler.add(entry(2, home="a"), 0.0)  # type: ignore[arg-type]
    assert scheduler.start("fill", {"a": Places(1, 1), "b": Places(2, 1)}, 0.0) is None
    assert scheduler.yielding("fill", 100.0) == []
    start = scheduler.start("fill", {"a": Places(1, 0), "b": Places(2, 1)}, 0.0)
    assert start and start.host == "a"


def test_one_waiting_job_makes_one_host_yield() -> None:
    scheduler = at("a", "b")
    for number, host in ((1, "a"), (2, "b")):
        scheduler.add(entry(number, priority=2), 0.0)
        assert scheduler.start("fill", {host: Places(1, 0)}, 0.0)
    scheduler.add(entry(3, owner="bob"), 0.0)
    assert scheduler.yielding("fill", 100.0) == ["job-1"]


def test_a_host_leaves_when_it_has_no_jobs() -> None:
    scheduler = at("a")
    place(scheduler, 1, "one", a=Places(1, 0))
    with pytest.raises(ValueError, match="has jobs"):
        scheduler.leave("a")
    scheduler.end("job-1", 1.0)
    scheduler.leave("a")
    assert scheduler.start("fill", {}, 1.0) is None
