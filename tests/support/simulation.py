"""The real scheduler in simulated time: engines that only take time, and arrivals by plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sfumato.jobs.entry import Entry
from sfumato.jobs.fair import Policy
from sfumato.jobs.scheduler import Places, Scheduler

ENGINE = "engine"
BATCH = 2
STEP = 0.5
"""Seconds of a step."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A job that comes ``at`` then and takes ``seconds``, without the loading of its model."""

    at: float
    owner: str
    seconds: float
    priority: int = 1
    model: str = "model"


@dataclass(frozen=True, slots=True)
class Served:
    """What became of an arrival. It had the engine for ``busy`` seconds, in ``pieces`` turns."""

    arrival: Arrival
    started: float
    ended: float
    busy: float
    pieces: int

    @property
    def wait(self) -> float:
        """Seconds until its start."""
        return self.started - self.arrival.at


@dataclass(slots=True)
class Outcome:
    """``served`` in the order of their starts; ``spent`` is engine time by owner, as charged."""

    served: list[Served] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)
    loads: int = 0

    def waits(self) -> dict[str, list[float]]:
        """All waits by owner."""
        waits = defaultdict(list)
        for job in self.served:
            waits[job.arrival.owner].append(job.wait)
        return waits


def simulate(
    arrivals: Iterable[Arrival],
    until: float = float("inf"),
    load_seconds: float = 0.0,
    fitting: int = 1,
    policy: Policy | None = None,
) -> Outcome:
    """Serve the arrivals, one at a time, and stop starting jobs ``until`` then.

    The engine holds ``fitting`` models, those used last; any other is loaded for ``load_seconds``.
    """
    scheduler = Scheduler(policy)
    scheduler.join(ENGINE, ENGINE)
    engine = _Engine(scheduler, load_seconds, fitting)
    coming = list(enumerate(sorted(arrivals, key=lambda arrival: arrival.at)))
    coming.reverse()
    now = 0.0
    while coming or engine.jobs:
        while coming and coming[-1][1].at <= now:
            engine.admit(*coming.pop(), now)
        engine.turn(now, now < until)
        if engine.running is None and (now >= until or not coming):
            break
        moments = [engine.next_moment(now)]
        if coming:
            moments.append(coming[-1][1].at)
        now = min(moments)
    engine.outcome.served.sort(key=lambda job: job.started)
    return engine.outcome


@dataclass(slots=True)
class _Job:
    """An arrival on its way: it still needs the engine for ``left`` seconds."""

    arrival: Arrival
    entry: Entry
    left: float
    started: float = 0.0
    busy: float = 0.0
    pieces: int = 0


@dataclass(slots=True)
class _Engine:
    """Runs one job at a time; between two steps it can turn to another."""

    scheduler: Scheduler
    load_seconds: float
    fitting: int
    jobs: dict[str, _Job] = field(default_factory=dict)
    running: _Job | None = None
    loaded: list[str] = field(default_factory=list)
    load: float = 0.0
    since: float = 0.0
    outcome: Outcome = field(default_factory=Outcome)

    def admit(self, number: int, arrival: Arrival, now: float) -> None:
        """A job waits from now on."""
        job = _Job(arrival, _entry(number, arrival), arrival.seconds)
        self.jobs[job.entry.id] = job
        self.scheduler.add(job.entry, now)

    def turn(self, now: float, starting: bool) -> None:
        """End what is done, let yield what must, and start what is next."""
        job = self.running
        if job is not None and now >= self.since + job.left:
            self._release(job, now)
            del self.jobs[job.entry.id]
            self.outcome.served.append(Served(job.arrival, job.started, now, job.busy, job.pieces))
        elif (
            job is not None
            and starting
            and now >= self.since + self.load + STEP
            and job.entry.id in self.scheduler.yielding(ENGINE, now)
        ):
            self._release(job, now)
            self.scheduler.add(job.entry, now)
        if self.running is None and starting:
            self._start(now)

    def next_moment(self, now: float) -> float:
        """When something changes by itself."""
        if self.running is None:
            return float("inf")
        end = self.since + self.running.left
        if self.running.entry.priority < BATCH:
            return end
        return min(end, max(now, self.since + self.load) + STEP)

    def _start(self, now: float) -> None:
        start = self.scheduler.start(ENGINE, {ENGINE: Places(1, 0)}, now)
        if start is None:
            return
        entry = start.entry
        job = self.running = self.jobs[entry.id]
        self.load = 0.0 if entry.model in self.loaded else self.load_seconds
        self.outcome.loads += entry.model not in self.loaded
        others = [name for name in self.loaded if name != entry.model]
        self.loaded = [*others, entry.model][-self.fitting :]
        self.scheduler.loading(entry.id, bool(self.load), now)
        self.since = now
        job.left += self.load
        job.started = job.started if job.pieces else now
        job.pieces += 1

    def _release(self, job: _Job, now: float) -> None:
        self.outcome.spent[job.arrival.owner] += self.scheduler.end(job.entry.id, now, self.load)
        job.busy += now - self.since
        job.left -= now - self.since
        self.running = None


def jain(shares: Iterable[float]) -> float:
    """Jain's fairness index: 1 when all shares are equal, 1/n when one has everything."""
    values = list(shares)
    return sum(values) ** 2 / (len(values) * sum(value**2 for value in values))


def p95(values: Iterable[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _entry(number: int, arrival: Arrival) -> Entry:
    return Entry(
        id=f"job-{number}",
        owner=arrival.owner,
        engine=ENGINE,
        model=arrival.model,
        priority=arrival.priority,
        arrival=number,
        cost=arrival.seconds,
    )
