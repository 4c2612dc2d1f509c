"""Several engine hosts at work for one queue: how much more they do, and what a lost one costs.

The engine is a test's: a puppet that holds its device without using the processor, as a GPU does,
so that a machine of two cores can show how hosts scale. One that uses the processor is beside it.

    python -m benchmarks.hosts --kills 20
    python -m benchmarks.hosts --kills 5 --workers ray
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sfumato.engines.arena import Arena
from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost
from sfumato.engines.parameters import Parameters
from sfumato.engines.process import HostProcess, Launch
from sfumato.engines.work import Work
from sfumato.jobs.events import Done, Ending, Progress
from sfumato.jobs.job import Job, JobState, Submission
from sfumato.jobs.jobs import Jobs
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, puppet, small_layout

STEPS = 10
STEP = 0.05
"""Seconds."""
PAUSE = 1.5
"""At most so long after a job has started its host is killed."""


@dataclass
class Tally:
    """What became of the jobs."""

    endings: dict[str, list[Ending]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    kills: int = 0


def holder() -> EngineSpec:
    """An engine that holds its device and leaves the processor alone."""
    return puppet(options=(("step_seconds", str(STEP)),))


def worker() -> EngineSpec:
    """One that uses the processor for as long."""
    return puppet(options=(("busy_seconds", str(STEP)),))


async def submitted(jobs: Jobs, number: int, steps: int = STEPS) -> Job:
    """A new job, of one of four owners."""
    parameters = Parameters(steps=steps, seed=number % 200)
    layout, region = small_layout()
    job_id = jobs.admission.new_id()
    with await jobs.admission.create_arena(job_id, layout) as arena:
        path = str(arena.path)
    work = Work(job_id, path, Extent(SIDE, SIDE), (region,), parameters)
    owner = f"owner-{number % 4}"
    return await jobs.submit(Submission(owner, job_id, "digest", "puppet", work))


@dataclass(frozen=True)
class Ground:
    """Where hosts run: beside the jobs, or on a ``node`` of a Ray cluster of this computer."""

    node: str = ""
    launch: Launch = HostProcess
    process: Callable[[EngineHost], int | None] = lambda host: host.pid
    """What to kill of a host."""

    def jobs(self, folder: Path, spec: EngineSpec, hosts: int) -> Jobs:
        """Jobs with so many hosts."""
        return Jobs([self.placed(spec)] * hosts, folder, launch=self.launch)

    def placed(self, spec: EngineSpec) -> EngineSpec:
        """The spec of a host here."""
        return replace(spec, node=self.node)


def ray_ground() -> Ground:
    """A cluster that ends with this process."""
    os.environ["PYTHONPATH"] = str(Path.cwd())
    from sfumato.cluster.members import connect, nodes
    from sfumato.cluster.remote import RemoteProcess, launch

    def actor(host: EngineHost) -> int | None:
        life = host._process
        return life.actor_pid if isinstance(life, RemoteProcess) else None

    connect("", ["cpu", "cpu"])
    return Ground(next(iter(nodes())).id, launch, actor)


async def throughput(
    ground: Ground, folder: Path, spec: EngineSpec, hosts: int, count: int
) -> float:
    """Jobs a second, from the start of the first to the end of the last."""
    jobs = ground.jobs(folder, spec, hosts)
    await jobs.start()
    try:
        # All hosts are there before the clock runs.
        await asyncio.gather(*[ended(await submitted(jobs, n)) for n in range(2 * hosts)])
        began = time.perf_counter()
        await asyncio.gather(*[ended(await submitted(jobs, n)) for n in range(count)])
        return count / (time.perf_counter() - began)
    finally:
        await jobs.close()


async def ended(job: Job) -> list[Ending]:
    """All endings that a watcher is told: there shall be one."""
    return [event async for event in job.events.watch() if isinstance(event, Ending)]


async def stepped(job: Job) -> None:
    """Return when an engine has done a step of the job."""
    async for event in job.events.watch():
        if isinstance(event, Progress):
            return


async def kill(
    jobs: Jobs,
    kills: int,
    chance: random.Random,
    process: Callable[[EngineHost], int | None] = Ground.process,
) -> Tally:
    """Kill a host under a running job that often, at random moments, while others wait."""
    tally = Tally()
    watching: list[asyncio.Task[None]] = []
    given: list[Job] = []

    async def watch(job: Job) -> None:
        tally.endings[job.id] = await ended(job)
        colour = _colour(job)
        if not isinstance(tally.endings[job.id][0], Done) or colour != job.work.parameters.seed:
            tally.wrong.append(f"{job.id} ended with {tally.endings[job.id]} and colour {colour}")

    while tally.kills < kills:
        while len(jobs.snapshot("").places) < 6:
            given.append(await submitted(jobs, len(given)))
            watching.append(asyncio.create_task(watch(given[-1])))
        await asyncio.sleep(chance.uniform(0, PAUSE))
        # A job that loses two hosts is given up, as it may be what kills them.
        fresh = [job for job in given if job.state is JobState.RUNNING and job.losses == 0]
        if fresh:
            host = jobs._hosts.at(chance.choice(fresh).id)
            pid = host and process(host)
            if pid:
                # Its end before this one may not have been heard of yet.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    tally.kills += 1
    await asyncio.gather(*watching)
    return tally


def _colour(job: Job) -> int:
    with Arena.open(job.work.arena) as arena:
        return int(arena.array(job.work.regions[0].colors[0]).min())


async def killed(
    folder: Path, kills: int, hosts: int = 2, seed: int = 7, ground: Ground | None = None
) -> Tally:
    """``kill`` with so many hosts."""
    ground = ground or Ground()
    jobs = ground.jobs(folder, holder(), hosts)
    await jobs.start()
    try:
        return await kill(jobs, kills, random.Random(seed), ground.process)
    finally:
        await jobs.close()


async def joining(ground: Ground, folder: Path) -> float:
    """Seconds from a third host's joining until it works on a job."""
    jobs = ground.jobs(folder, holder(), 2)
    await jobs.start()
    try:
        waiting = [await submitted(jobs, number, steps=200) for number in range(6)]
        await asyncio.gather(*(stepped(job) for job in waiting[:2]))
        began = time.perf_counter()
        jobs.crew.join(ground.placed(holder()))
        await stepped(waiting[2])
        return time.perf_counter() - began
    finally:
        await jobs.close()


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--workers", choices=("processes", "ray"), default="processes")
    options = parser.parse_args()
    ground = ray_ground() if options.workers == "ray" else Ground()
    # Spawned hosts would import this module anew; a daemon's import next to nothing.
    sys.modules["__main__"].__spec__ = sys.modules["__main__"].__file__ = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, spec in (("holds its device", holder()), ("uses the processor", worker())):
            one, two = (
                asyncio.run(
                    throughput(ground, folder / f"{name}{hosts}", spec, hosts, options.jobs)
                )
                for hosts in (1, 2)
            )
            print(f"an engine that {name}: {one:.2f} and {two:.2f} jobs/s, x{two / one:.2f}")
        seconds = asyncio.run(joining(ground, folder / "third"))
        print(f"a third host works {seconds:.1f} s after it joined")
        tally = asyncio.run(killed(folder / "killed", options.kills, ground=ground))
    print(f"{tally.kills} hosts killed under {len(tally.endings)} jobs")
    print(*(tally.wrong or ["every job ended once, with its own result"]), sep="\n")
    raise SystemExit(bool(tally.wrong))


if __name__ == "__main__":
    main()
