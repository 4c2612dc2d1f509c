"""A studio of any size in simulated time: the real queue, and hosts that only take time.

Artists think, send an edit, wait for it and think again. Each keeps to one of a few models, of
which a host holds one at a time; it does one edit at a time, too. What models take was measured by
``benchmarks.steps``. What scheduling costs is measured here, and telling those who wait where they
stand: that is what the gateway spends on an edit besides its pixels.

    python -m benchmarks.simulate --draw docs/images
"""

from __future__ import annotations

import argparse
import heapq
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

from benchmarks.curves import Curve, draw
from benchmarks.studios import HEAD, Report, Studio, paces
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.jobs.archive import Archive
from sfumato.jobs.entry import Entry
from sfumato.jobs.events import Done
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, JobState, OnDisconnect, Submission
from sfumato.jobs.placement import Places
from sfumato.jobs.roll import Roll
from sfumato.jobs.scheduler import Scheduler
from sfumato.jobs.telling import Throttle
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, small_layout
from tests.support.simulation import p95

ENGINE = "diffusion"
FREE, FULL = Places(1, 0), Places(1, 1)
STEPS = (20, 50)
"""An edit has so many, at random."""


@dataclass(frozen=True)
class Gpus:
    """The hosts as the roll sees them."""

    count: int
    engines: frozenset[str] = frozenset({ENGINE})

    def capacities(self) -> dict[str, int]:
        """A GPU does one edit at a time."""
        return {ENGINE: self.count}

    def home(self, job_id: str) -> str:
        """Nothing stands still."""
        return ""


class Forgetful:
    """An archive that keeps nothing."""

    def keep(self, job: Job, *told: Callable[[], None]) -> None:
        """Tell at once."""
        for tell in told:
            tell()


def new_job(number: int, artist: str, model: str) -> Job:
    """A small edit that nobody will do."""
    _, region = small_layout()
    name = f"job-{number}"
    work = Work(name, "", Extent(SIDE, SIDE), (region,), Parameters(model=model))
    return Job(Submission(artist, name, "digest", ENGINE, work), number, OnDisconnect.KEEP)


class Simulation:
    """Runs one studio. Events are moments at which an artist sends an edit or a host is done."""

    def __init__(self, studio: Studio, seed: int = 7) -> None:
        self._studio = studio
        self._paces = paces()
        self._chance = random.Random(seed)
        self._scheduler = Scheduler()
        self._now = 0.0
        gpus = cast("Hosts", Gpus(studio.gpus))
        archive = cast("Archive", Forgetful())
        self._roll = Roll(gpus, self._scheduler, archive, lambda job: None, lambda: self._now)
        self._throttle = Throttle()
        for model, pace in enumerate(self._paces):
            usual = pace.seconds(sum(STEPS) / 2)
            self._roll.rates.learn(new_job(0, "", str(model)), usual)
        self._places = {f"gpu-{number}": FREE for number in range(studio.gpus)}
        for host in self._places:
            self._scheduler.join(host, ENGINE)
        self._loaded: dict[str, str] = {}
        self._waiting: dict[str, tuple[float, float]] = {}
        self._numbers = count()
        self._events: list[tuple[float, int, str, Entry | None, float]] = []
        self._report = Report(studio)

    def run(self) -> Report:
        """Let the artists work, and say what came of it."""
        for number in range(self._studio.artists):
            self._think(f"artist-{number}", 0.0)
        until = self._studio.hours * 3600
        while self._events and self._events[0][0] < until:
            now, _, who, entry, load = heapq.heappop(self._events)
            self._now = now
            job = self._sent(who, now) if entry is None else self._roll[entry.id]
            before = time.process_time()
            if entry is None:
                self._roll.enqueue(job)
            else:
                self._scheduler.end(entry.id, now, load)
                self._places[who] = FREE
            started = list(self._starts(now))
            self._report.scheduling += time.process_time() - before
            if entry is not None:
                done = Done(0, job.work.parameters, job.timings)
                self._roll.end(job, JobState.DONE, done)
            self._tell(now)
            if entry is not None:
                self._think(entry.owner, now)
            for one, host in started:
                self._serve(one, host, now)
        return self._report

    def _think(self, artist: str, now: float) -> None:
        pause = self._chance.expovariate(1 / self._studio.think)
        heapq.heappush(self._events, (now + pause, next(self._numbers), artist, None, 0.0))

    def _sent(self, artist: str, now: float) -> Job:
        number = next(self._numbers)
        model = int(artist.partition("-")[2]) % len(self._paces)
        job = new_job(number, artist, str(model))
        self._waiting[job.id] = now, self._paces[model].seconds(self._chance.randint(*STEPS))
        self._roll.enter(job)
        return job

    def _tell(self, now: float) -> None:
        if now >= self._throttle.due:
            before = time.process_time()
            self._roll.tell_places()
            seconds = time.process_time() - before
            self._report.telling += seconds
            self._throttle.took(seconds, now)

    def _starts(self, now: float) -> Iterator[tuple[Entry, str]]:
        while start := self._scheduler.start(ENGINE, self._places, now):
            self._places[start.host] = FULL
            self._roll[start.entry.id].move(JobState.RUNNING)
            yield start.entry, start.host

    def _serve(self, entry: Entry, host: str, now: float) -> None:
        sent, seconds = self._waiting.pop(entry.id)
        load = 0.0 if self._loaded.get(host) == entry.model else self._paces[int(entry.model)].load
        self._loaded[host] = entry.model
        report = self._report
        report.waits.append(now - sent)
        report.loads += load > 0
        report.busy += load + seconds
        report.spent[entry.model][entry.owner] += seconds
        if load:
            self._scheduler.loading(entry.id, True, now)
        done = now + load + seconds
        heapq.heappush(self._events, (done, next(self._numbers), host, entry, load))


SIZES = (
    Studio(6, 1, hours=4),
    Studio(10, 1, hours=4),
    Studio(100, 10, hours=1),
    Studio(1000, 100, hours=0.2),
    Studio(10_000, 1000, hours=0.005),
)
"""Ten artists for a GPU, at any size."""
CROWDS = tuple(Studio(artists, 4, hours=1) for artists in (12, 24, 36, 48, 60, 72, 84, 96))
"""Four GPUs, and ever more artists."""


def main() -> None:
    """Simulate, print the figures, and draw curves if wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draw", type=Path, help="A folder for the curves, as SVG.")
    parser.add_argument("--largest", type=int, default=10_000, help="Artists at most.")
    options = parser.parse_args()
    print(HEAD)
    reports = []
    for studio in (*SIZES, *CROWDS):
        if studio.artists <= options.largest:
            reports.append(Simulation(studio).run())
            print(reports[-1], flush=True)
    if options.draw:
        sizes = [report for report in reports if report.studio in SIZES[1:]]
        crowds = [report for report in reports if report.studio in CROWDS]
        options.draw.mkdir(parents=True, exist_ok=True)
        (options.draw / "scaling-gateway.svg").write_text(
            draw(
                "The queue's work for one edit, ms of processor time",
                "artists (ten for a GPU)",
                [
                    Curve("scheduling", [(r.studio.artists, r.scheduling_ms) for r in sizes]),
                    Curve("telling places", [(r.studio.artists, r.telling_ms) for r in sizes]),
                ],
                logarithmic=True,
            )
        )
        (options.draw / "scaling-waits.svg").write_text(
            draw(
                "Wait at four GPUs, seconds",
                "artists",
                [
                    Curve(
                        "95 of 100 wait less", [(r.studio.artists, p95(r.waits)) for r in crowds]
                    ),
                    Curve("half wait less", [(r.studio.artists, _median(r.waits)) for r in crowds]),
                ],
            )
        )


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
