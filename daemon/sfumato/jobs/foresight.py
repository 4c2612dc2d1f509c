"""In what order waiting jobs will start, as far as can be foreseen. Plain data and no clock.

One foresight serves for every host of an engine: what hosts differ in is a ``Residency``.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sfumato.jobs.entry import Entry
from sfumato.jobs.residency import Residency


class Turn(NamedTuple):
    """A line of jobs, of which the one at ``place`` is next; the least turn comes first."""

    urgency: int
    level: float
    arrival: int
    place: int
    entries: Sequence[Entry]

    @property
    def entry(self) -> Entry:
        """The job whose turn it is."""
        return self.entries[self.place]


class Foresight:
    """The turns of all lines, by model. It holds as long as the queue stays as it is.

    A turn's ``level`` is how far ahead its owner is among those of its class. It grows while jobs
    are started in thought, each expected to cost its owner ``Entry.cost``.
    """

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns: dict[str, list[Turn]] = {}
        self._levels: dict[tuple[str, int], float] = {}
        for turn in turns:
            entry = turn.entry
            self._turns.setdefault(entry.model, []).append(turn)
            self._levels[entry.owner, entry.priority] = turn.level
        for heap in self._turns.values():
            heapq.heapify(heap)

    def wanted(self, model: str | None) -> bool:
        """Whether a job waits for this model."""
        return model in self._turns

    def order(self, residency: Residency, now: float) -> Iterator[Entry]:
        """The waiting jobs in the order they will start where these models are.

        What is yielded has been started in thought.
        """
        turns = {model: heap.copy() for model, heap in self._turns.items()}
        levels = _Levels(self._levels)
        model, until = residency.model, residency.until
        clock = now
        while turns:
            candidates: Iterable[str] = turns
            if model in turns and clock < until:
                candidates = [name for name in turns if name == model or residency.fits(name)]
            following = min(candidates, key=lambda name: levels.first(turns[name]))
            if following != model and not residency.fits(following):
                model, until = following, clock + residency.dwell(following)
            entry = levels.take(turns[following])
            if not turns[following]:
                del turns[following]
            clock += entry.cost
            yield entry


class _Levels:
    """The levels of owners by class, and what each has been charged in thought besides."""

    def __init__(self, levels: Mapping[tuple[str, int], float]) -> None:
        self._levels = levels
        self._charged: dict[str, float] = {}

    def first(self, heap: list[Turn]) -> Turn:
        """The least turn, by what its owner has been charged meanwhile."""
        while heap[0].level != (level := self._of(heap[0].entry)):
            heapq.heapreplace(heap, heap[0]._replace(level=level))
        return heap[0]

    def take(self, heap: list[Turn]) -> Entry:
        """Start the first job; the next of its line follows in the line's own class."""
        turn = self.first(heap)
        entry = turn.entry
        place = turn.place + 1
        if place < len(turn.entries):
            following = turn.entries[place]
            turn = Turn(following.priority, turn.level, following.arrival, place, turn.entries)
            heapq.heapreplace(heap, turn)
        else:
            heapq.heappop(heap)
        self._charged[entry.owner] = self._charged.get(entry.owner, 0.0) + entry.cost
        return entry

    def _of(self, entry: Entry) -> float:
        return self._levels[entry.owner, entry.priority] + self._charged.get(entry.owner, 0.0)
