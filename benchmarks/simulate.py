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
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

from benchmarks.curves import Curve, draw
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
from tests.support.simulation import jain, p95

ENGINE = "diffusion"
FREE, FULL = Places(1, 0), Places(1, 1)
MEASURED = Path(__file__).parent / "data" / "steps-h200.toml"
STEPS = (20, 50)
"""An edit has so many, at random."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a model takes, in seconds: to load, for a step, and for an edit besides its steps."""

    load: float
    step: float
    beside: float

    def seconds(self, steps: float) -> float:
        """What an edit takes on a GPU that has the model."""
        return self.beside + steps * self.step


def paces(path: Path = MEASURED) -> tuple[Pace, ...]:
    """The models of a table of ``benchmarks.steps``.

    One whose loading was not measured is thought to load as many bytes in a second as the others.
    """
    models = [table for table in tomllib.loads(path.read_text()).values() if type(table) is dict]
    timed = [model for model in models if "load" in model]
    per_gb = sum(m["load"] for m in timed) / sum(m["weights_gb"] for m in timed)
    return tuple(
        Pace(
            load=model.get("load", per_gb * model["weights_gb"]),
            step=model["step"]["1"],
            beside=model["text"] + model["encode"] + model["decode"],
        )
        for model in models
    )


@dataclass(frozen=True, slots=True)
class Studio:
    """Who works with what, for how long. Between two edits an artist thinks for ``think`` s."""

    artists: int
    gpus: int
    think: float = 60.0
    hours: float = 0.5


@dataclass(slots=True)
class Report:
    """What came of it: waits, GPU seconds by model and artist, loads, the gateway's own time.

    That is ``scheduling``, and ``telling`` those who wait where they stand.
    """

    studio: Studio
    waits: list[float] = field(default_factory=list)
    spent: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    loads: int = 0
    busy: float = 0.0
    scheduling: float = 0.0
    telling: float = 0.0

    @property
    def edits(self) -> int:
        """How many began."""
        return len(self.waits)

    @property
    def fairness(self) -> float:
        """Jain's index over GPU seconds, each artist's against the usual for the same model."""
        return jain(
            seconds / (spent.total() / len(spent))
            for spent in self.spent.values()
            for seconds in spent.values()
        )

    @property
    def utilisation(self) -> float:
        """The share of all GPUs' time that was used, loading counted in."""
        return self.busy / (self.studio.gpus * self.studio.hours * 3600)

    @property
    def scheduling_ms(self) -> float:
        """The scheduler's processor time for an edit, in milliseconds."""
        return 1000 * self.scheduling / max(1, self.edits)

    @property
    def telling_ms(self) -> float:
        """What telling costs for an edit, in milliseconds of processor time."""
        return 1000 * self.telling / max(1, self.edits)

    def __str__(self) -> str:
        studio = self.studio
        waits = sorted(self.waits)
        return (
            f"{studio.artists:6} {studio.gpus:5} {self.edits:7} {waits[len(waits) // 2]:7.1f} "
            f"{p95(waits):7.1f} {max(waits):7.1f} {self.utilisation:6.0%} "
            f"{self.fairness:6.3f} {self.busy / self.edits:6.1f} "
            f"{self.loads / self.edits:6.2f} {self.scheduling_ms:8.2f} {self.telling_ms:8.2f}"
        )


HEAD = (
    "artists  GPUs   edits  median    p95    most    use   Jain  s/edit  loads/e  schedule ms  "
    "tell ms"
)


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
