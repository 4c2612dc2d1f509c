"""A diffusion model on hosts of a cluster: as beside the daemon, whatever dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Preview
from sfumato.engines.parameters import Operation, Parameters
from sfumato.jobs.events import Cancelled, Done, Progress
from sfumato.jobs.job import Job, Submission
from sfumato.jobs.jobs import Jobs
from sfumato.service.installed import engine_specs
from tests.cluster.conftest import JobsAway, actor, restarts
from tests.support.diffusion import SIDE, photograph
from tests.support.engines import small_layout
from tests.support.submitting import events_of, until_step
from tests.support.tiny_models import tiny_model
from tests.support.works import results, work_of

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(400), pytest.mark.slow]

MODEL = "sd15"
Here = Callable[[int], Awaitable[np.ndarray]]
MOST = 150
"""Steps of an edit that has not ended when it is cancelled or loses its host."""


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> EngineSpec:
    """The diffusion engine with a tiny model; its sums are the same wherever they are done."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    models = {MODEL: tiny_model(MODEL)}
    [spec] = [each for each in engine_specs(models, ["cpu"], 300.0) if each.name == "diffusion"]
    return spec


async def ask(jobs: Jobs, steps: int) -> Job:
    """An edit of the middle of a photograph."""
    job_id = jobs.admission.new_id()
    with await jobs.admission.create_arena(job_id, small_layout()[0]) as arena:
        path = Path(arena.path)
    path.unlink()  # Its place is for larger pictures.
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    wanted = Parameters(
        operation=Operation.GENERATE, model=MODEL, prompt="a red vase", seed=3, steps=steps
    )
    work = replace(work_of(path, photograph(), selection, wanted), id=job_id)
    return await jobs.submit(Submission("ann", job_id, "digest", "diffusion", work))


def colours(job: Job) -> np.ndarray:
    """What was painted, (height, width, 3) uint8."""
    [(_, colour, _)] = results(job.work)
    return colour


@pytest.fixture
def made_here(spec: EngineSpec, tmp_path: Path) -> Here:
    """Has the edit of so many steps made beside the daemon, and gives its colours."""

    async def make(steps: int) -> np.ndarray:
        jobs = Jobs([spec], tmp_path / "here")
        (tmp_path / "here").mkdir()
        await jobs.start()
        try:
            job = await ask(jobs, steps)
            assert isinstance((await events_of(jobs, job))[-1], Done)
            return colours(job)
        finally:
            await jobs.close()

    return make


async def test_an_edit_is_the_one_that_is_made_here_with_its_previews(
    jobs_away: JobsAway, spec: EngineSpec, made_here: Here
) -> None:
    jobs, _ = await jobs_away(spec)
    job = await ask(jobs, 40)
    events = await events_of(jobs, job)
    assert isinstance(events[-1], Done), events
    assert any(isinstance(event, Preview) for event in events)
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert steps == sorted(steps) and steps[-1] == 40
    assert np.array_equal(colours(job), await made_here(40))


async def test_a_cancelled_edit_stops_and_its_worker_goes_on_with_the_model(
    jobs_away: JobsAway, spec: EngineSpec
) -> None:
    jobs, _ = await jobs_away(spec)
    job = await ask(jobs, MOST)
    await until_step(jobs, job, 3)
    host = jobs._hosts.at(job.id)
    assert host is not None
    worker = actor(host)
    await jobs.cancel("ann", job.id)
    assert isinstance((await events_of(jobs, job))[-1], Cancelled)
    while host.running:
        await asyncio.sleep(0.01)
    assert job.step < MOST
    again = await ask(jobs, 4)
    assert isinstance((await events_of(jobs, again))[-1], Done)
    assert again.timings.load == 0 and actor(host) == worker


async def test_an_edit_whose_actor_is_killed_is_made_elsewhere_and_the_same(
    jobs_away: JobsAway, spec: EngineSpec, made_here: Here
) -> None:
    jobs, _ = await jobs_away(spec)
    job = await ask(jobs, MOST)
    await until_step(jobs, job, 3)
    first = jobs._hosts.at(job.id)
    assert first is not None
    psutil.Process(actor(first)).kill()
    await until_step(jobs, job, 3)
    events = await events_of(jobs, job)
    assert isinstance(events[-1], Done) and restarts(events) == 1
    assert np.array_equal(colours(job), await made_here(MOST))
