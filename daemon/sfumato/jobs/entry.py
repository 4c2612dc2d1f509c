"""A job as the scheduler sees it: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Entry:
    """A waiting job. Lower ``priority`` runs first; ``arrival`` is unique.

    It is expected to take ``cost`` seconds. One that runs ``alone`` has lost its host before, and
    shall take nobody with it. With a ``home`` it stands still at that host and goes on only there.
    It runs at the host it ``avoids`` only where its engine has no other.
    """

    id: str
    owner: str
    engine: str
    model: str
    priority: int
    arrival: int
    cost: float = 1.0
    alone: bool = False
    home: str = ""
    avoids: str = ""

    def may_run_at(self, host: str) -> bool:
        """Whether it does not stand still elsewhere."""
        return self.home in ("", host)

    @property
    def is_bound(self) -> bool:
        """Whether not all hosts are the same to it."""
        return bool(self.home or self.avoids)

    @property
    def line(self) -> LineKey:
        """Where it queues."""
        return LineKey(self.engine, self.owner, self.priority, self.model)


class LineKey(NamedTuple):
    """What jobs of one line have in common."""

    engine: str
    owner: str
    priority: int
    model: str
