"""The real scheduler in simulated time: engines that only take time, and arrivals by plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sfumato.jobs.fair import Policy
from sfumato.jobs.queue import Entry
from sfumato.jobs.scheduler import Places, Scheduler

ENGINE = "engine"


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
    """What became of an arrival."""

    arrival: Arrival
    started: float
    ended: float

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
    scheduler = Scheduler([ENGINE], policy)
    coming = list(enumerate(sorted(arrivals, key=lambda arrival: arrival.at)))
    coming.reverse()
    jobs: dict[str, Arrival] = {}
    outcome = Outcome()
    loaded: list[str] = []
    now = 0.0
    while coming or jobs:
        while coming and coming[-1][1].at <= now:
            number, arrival = coming.pop()
            jobs[f"job-{number}"] = arrival
            scheduler.add(_entry(number, arrival), now)
        entry = scheduler.start(ENGINE, Places(1, 0), now) if now < until else None
        if entry is None:
            if not coming or now >= until:
                break
            now = coming[-1][1].at
            continue
        job = jobs.pop(entry.id)
        load = 0.0 if job.model in loaded else load_seconds
        outcome.loads += job.model not in loaded
        loaded = [*(name for name in loaded if name != job.model), job.model][-fitting:]
        scheduler.loading(entry.id, bool(load), now)
        ended = now + load + job.seconds
        # What comes meanwhile joins at the levels of that moment.
        while coming and coming[-1][1].at <= ended:
            number, arrival = coming.pop()
            jobs[f"job-{number}"] = arrival
            scheduler.add(_entry(number, arrival), max(now, arrival.at))
        outcome.served.append(Served(job, now, ended))
        outcome.spent[job.owner] += scheduler.end(entry.id, ended, load)
        now = ended
    return outcome


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
