"""Where a job can run, and where it had better: hosts as the scheduler sees them. No clock."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sfumato.jobs.entry import Entry
from sfumato.jobs.meter import Meter
from sfumato.jobs.residency import Residency

_KEPT_FREE = 4
"""One of so many places is for owners who have nothing running, and not for batch jobs."""
BATCH = 2
"""The class of jobs that make way for all others."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many jobs a host can run at once, how many it has in hand, and its free memory in bytes.

    The memory counts only against that of other hosts; 0 is unknown.
    """

    capacity: int
    taken: int
    memory: int = 0

    @property
    def full(self) -> bool:
        """Whether none is left."""
        return self.taken >= self.capacity

    def has_one_for(self, entry: Entry, running: Iterable[Entry]) -> bool:
        """Whether one of the places is for this job, beside those that run."""
        if self.taken < self.capacity - self.capacity // _KEPT_FREE:
            return True
        return entry.priority < BATCH and all(other.owner != entry.owner for other in running)


class Start(NamedTuple):
    """A job that starts now, and at which host."""

    entry: Entry
    host: str


@dataclass(slots=True)
class Running:
    """A running job, and its class as it was when it started: waiting had made it more urgent.

    It is expected to cost ``expected`` seconds, ``load`` of them for its model.
    """

    entry: Entry
    urgency: int
    host: str
    load: float
    expected: float
    charged: float = 0.0


class Station:
    """A host: whose time it spends, the models it has at hand and the jobs it runs."""

    def __init__(self, engine: str, meter: Meter, residency: Residency) -> None:
        self.engine = engine
        self.meter = meter
        self.residency = residency
        self.running: dict[str, Running] = {}

    @property
    def hurried(self) -> bool:
        """Whether a job runs here that batch jobs make way for."""
        return any(job.urgency < BATCH for job in self.running.values())

    @property
    def has_lonely(self) -> bool:
        """Whether what runs here runs alone."""
        return any(job.entry.alone for job in self.running.values())

    def seconds_to_a_place(self, now: float) -> float:
        """When the first of the jobs that run here will have ended, as far as is known.

        One that is late will be late for as long again.
        """
        count = len(self.running)
        share = self.meter.unread(now) / max(1, count)
        jobs = self.running.values()
        return min((abs(job.expected - job.charged - share) for job in jobs), default=0.0) * count

    def rank(self, entry: Entry, places: Places) -> tuple[float, bool, int, int]:
        """How good it is to run a job here; the least is best.

        The sooner done the better, then the fewer models are lost and the more memory is free.
        """
        seconds = self.residency.seconds_to_load(entry.model) + places.taken * entry.cost
        displaced = self.residency.displaces(entry.model)
        return seconds, displaced, places.taken, -places.memory


class Elsewhere:
    """Jobs that had better wait for a host that has their model than load it at a free one.

    They wait while such a host will have a place for them sooner than loading takes, and each no
    longer than that in all: ``since`` has when it began to. ``took`` has what loading a model took
    last. Each that is left to a host makes it free later for the next. ``again`` are the seconds
    after which one of them has waited enough.
    """

    def __init__(
        self,
        hosts: Mapping[str, Station],
        places: Mapping[str, Places],
        took: Mapping[tuple[str, str], float],
        since: dict[str, float],
        now: float,
    ) -> None:
        self._took = took
        self._since = since
        self._now = now
        self._hosts = hosts
        self._busy = [name for name, its in places.items() if its.full]
        self._by_model: dict[str, list[tuple[float, str]]] = {}
        self._left: set[str] = set()
        self.again = math.inf

    def sooner(self, entry: Entry, at: Station) -> bool:
        """Whether a job will be at work sooner at a busy host than at this free one."""
        load = at.residency.seconds_to_load(entry.model)
        if load and entry.id in self._left:
            return True
        load = min(load, self._took.get((entry.engine, entry.model), load))
        # One that stands still, or runs alone, has few to choose from.
        if not load or entry.home or entry.alone:
            return False
        soon = self._having(entry.model)
        patience = load - (self._now - self._since.get(entry.id, self._now))
        if not soon or soon[0][0] >= patience:
            return False
        self._since.setdefault(entry.id, self._now)
        seconds, name = soon[0]
        heapq.heapreplace(soon, (seconds + entry.cost, name))
        self._left.add(entry.id)
        self.again = min(self.again, patience)
        return True

    def _having(self, model: str) -> list[tuple[float, str]]:
        """A heap of the busy hosts with this model, by when they have a place for one more."""
        if model not in self._by_model:
            having = [
                (host.seconds_to_a_place(self._now), name)
                for name in self._busy
                if (host := self._hosts[name]).running and not host.residency.seconds_to_load(model)
            ]
            heapq.heapify(having)
            self._by_model[model] = having
        return self._by_model[model]
