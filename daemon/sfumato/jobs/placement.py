"""Where a job can run, and where it had better: hosts as the scheduler sees them. No clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sfumato.jobs.meter import Meter
from sfumato.jobs.queue import Entry
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
    """A running job, and its class as it was when it started: waiting had made it more urgent."""

    entry: Entry
    urgency: int
    host: str
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

    def rank(self, entry: Entry, places: Places) -> tuple[float, bool, int, int]:
        """How good it is to run a job here; the least is best.

        The sooner done the better, then the fewer models are lost and the more memory is free.
        """
        seconds = self.residency.seconds_to_load(entry.model) + places.taken * entry.cost
        displaced = self.residency.displaces(entry.model)
        return seconds, displaced, places.taken, -places.memory
