"""The order in which waiting jobs run. Plain data and no clock, so it can be tested to death."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A waiting job as the queue sees it. Lower ``priority`` runs first; ``arrival`` is unique."""

    id: str
    owner: str
    engine: str
    priority: int
    arrival: int


Order = Callable[[Entry], Any]
"""A sort key. It is asked anew every time, so it may depend on what has run meanwhile."""


def first_come(entry: Entry) -> tuple[int, int]:
    """By class, then by arrival. A job that comes back has kept its arrival."""
    return entry.priority, entry.arrival


class Queue:
    """Waiting jobs in an order."""

    def __init__(self, order: Order = first_come) -> None:
        self._order = order
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """In the order they will run."""
        return iter(sorted(self._entries.values(), key=self._order))

    def push(self, entry: Entry) -> None:
        """Let a job wait; ``ValueError`` if it does already."""
        if entry.id in self._entries:
            raise ValueError(f"job {entry.id} waits already")
        self._entries[entry.id] = entry

    def remove(self, job_id: str) -> bool:
        """Take a job out; False if it does not wait."""
        return self._entries.pop(job_id, None) is not None

    def next(self, may_run: Callable[[Entry], bool]) -> Entry | None:
        """Take out the first job that may run now; None if there is none."""
        candidates = filter(may_run, self._entries.values())
        first = min(candidates, key=self._order, default=None)
        if first is not None:
            del self._entries[first.id]
        return first

    def positions(self) -> dict[str, int]:
        """Each job's place, in order; 1 is next for its engine."""
        ahead: Counter[str] = Counter()
        places = {}
        for entry in self:
            ahead[entry.engine] += 1
            places[entry.id] = ahead[entry.engine]
        return places
