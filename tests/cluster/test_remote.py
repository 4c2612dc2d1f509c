"""Jobs whose hosts are actors of a Ray cluster: as on one device, whatever dies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from benchmarks.hosts import holder, kill
from sfumato.cluster.members import Node, hosts
from sfumato.engines.arena import Arena
from sfumato.engines.messages import Preview, VariationDone
from sfumato.jobs.events import Cancelled, Done
from sfumato.jobs.job import JobState
from tests.cluster.conftest import JobsAway, actor, restarts
from tests.support.command import run_in
from tests.support.daemon import GUARD, running_daemon
from tests.support.engines import puppet
from tests.support.pictures import noise, write
from tests.support.submitting import FOREVER, events_of, steps_of, submit, until_step

# One cluster for all of them; a hanging worker is given up after half a minute.
pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]

STEP = (("step_seconds", "0.05"),)


async def test_a_job_is_done_away_with_its_progress_and_previews(jobs_away: JobsAway) -> None:
    jobs, _ = await jobs_away(puppet())
    job = await submit(jobs, seed=5, variations=2, steps=4)
    events = await events_of(jobs, job)
    assert isinstance(events[-1], Done), events
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    assert any(isinstance(event, Preview) for event in events)
    assert steps_of(events)[-1] == 4
    with Arena.open(job.work.arena) as arena:
        assert [arena.array(plane).min() for plane in job.work.regions[0].colors] == [5, 6]
        assert arena.array(job.work.regions[0].result_mask).min() == 255


async def test_a_cancelled_job_stops_and_its_worker_goes_on(jobs_away: JobsAway) -> None:
    jobs, _ = await jobs_away(puppet(options=STEP))
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    host = jobs._hosts.at(job.id)
    assert host is not None
    worker = actor(host)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED
    events = await events_of(jobs, await submit(jobs))
    assert isinstance(events[-1], Done) and actor(host) == worker


async def test_a_job_that_cannot_be_interrupted_takes_its_worker_along(
    jobs_away: JobsAway,
) -> None:
    jobs, _ = await jobs_away(puppet(interruptible=False))
    job = await submit(jobs, "sleep", steps=9)
    await until_step(jobs, job)
    host = jobs._hosts.at(job.id)
    assert host is not None
    worker = psutil.Process(actor(host))
    await jobs.cancel("ann", job.id)
    assert isinstance((await events_of(jobs, job))[-1], Cancelled)
    await asyncio.to_thread(worker.wait, GUARD)
    assert isinstance((await events_of(jobs, await submit(jobs)))[-1], Done)


@pytest.mark.slow
async def test_killed_workers_lose_nothing_and_nothing_is_delivered_twice(
    jobs_away: JobsAway,
) -> None:
    jobs, _ = await jobs_away(holder())
    tally = await kill(jobs, 5, random.Random(5), actor)
    assert tally.kills == 5 and not tally.wrong
    assert all(len(endings) == 1 for endings in tally.endings.values())


@pytest.mark.slow
async def test_a_worker_that_hangs_is_replaced(jobs_away: JobsAway) -> None:
    jobs, _ = await jobs_away(puppet(options=STEP))
    job = await submit(jobs, seed=9, steps=100)
    await until_step(jobs, job)
    host = jobs._hosts.at(job.id)
    assert host is not None
    hanging = psutil.Process(actor(host))
    hanging.suspend()
    events = await events_of(jobs, job)
    assert isinstance(events[-1], Done) and restarts(events) == 1
    await asyncio.to_thread(hanging.wait, GUARD)


@pytest.mark.slow
async def test_computers_join_and_leave(jobs_away: JobsAway, third: Callable[[], None]) -> None:
    jobs, members = await jobs_away(puppet(options=STEP))
    assert len(list(jobs._hosts)) == 3
    many = [await submit(jobs, seed=n, steps=200) for n in range(3)]
    await asyncio.gather(*(until_step(jobs, job) for job in many))
    await asyncio.to_thread(third)
    while len(list(jobs._hosts)) == 3:
        await members.look()
    assert {type((await events_of(jobs, job))[-1]) for job in many} == {Done}
    for number, job in enumerate(many):
        with Arena.open(job.work.arena) as arena:
            assert arena.array(job.work.regions[0].colors[0]).min() == number


def test_each_gpu_of_a_computer_has_a_host_of_every_engine() -> None:
    engines = [puppet("diffusion", device="auto"), puppet("fill")]
    placed = hosts(Node("id", "render", gpus=2, slots=9), engines)
    assert [(spec.name, spec.device, spec.where) for spec in placed] == [
        ("diffusion", "cuda", "render cuda:0"),
        ("fill", "cpu", "render cpu"),
        ("diffusion", "cuda", "render cuda:1"),
        ("fill", "cpu", "render cpu"),
    ]
    slots = hosts(Node("id", "desk", gpus=0, slots=1), engines)
    assert [(spec.device, spec.where) for spec in slots] == [("cpu", "desk cpu")] * 2


@pytest.mark.slow
def test_a_daemon_with_workers_makes_what_one_without_makes(tmp_path: Path) -> None:
    write(tmp_path / "in.png", noise(200, 150, 3, 8))
    edit = ("inpaint", "in.png", "--box", "60,50,120,100", "--seed", "3", "--record", "none", "-o")
    with running_daemon(tmp_path / "here") as daemon:
        assert run_in(daemon.state, *edit, "here.png", cwd=tmp_path).code == 0
    with running_daemon(tmp_path / "away", "--workers", "ray", "--devices", "cpu,cpu") as daemon:
        done = run_in(daemon.state, *edit, "away.png", "--json", cwd=tmp_path)
        assert done.code == 0, done.err + daemon.log
        shown = run_in(daemon.state, "top", "--once").out
        children = psutil.Process(daemon.process.pid).children(recursive=True)
        assert {"raylet", "gcs_server"} <= {child.name() for child in children}
        assert daemon.stop() == 0
    assert "cpu" in shown and "fill" in shown
    _, left = psutil.wait_procs(children, GUARD)
    assert not left
    assert (tmp_path / "away.png").read_bytes() == (tmp_path / "here.png").read_bytes()
