"""The order in which waiting jobs start. Plain data and no clock, so it can be tested to death.

Jobs of one owner, engine, class and model form a *line*, first come first. Lines compete by class,
then by the owner's engine time and what it has waiting in that class, then by arrival. Looking
ahead, every job is expected to cost its owner ``Entry.cost``, so that the foreseen order is the one
in which jobs will start.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sfumato.jobs.fair import Policy, aged, counted
from sfumato.jobs.residency import Residency


@dataclass(frozen=True, slots=True)
class Entry:
    """A waiting job as the queue sees it. Lower ``priority`` runs first; ``arrival`` is unique.

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


@dataclass(slots=True)
class _Line:
    """Waiting jobs, sorted, and how long more urgent ones have run before them."""

    entries: list[Entry] = field(default_factory=list)
    overtaken: float = 0.0


class _Turn(NamedTuple):
    """The first waiting job of a line; the least turn is next."""

    priority: int
    level: float
    arrival: int
    place: int
    entries: list[Entry]

    @property
    def entry(self) -> Entry:
        return self.entries[self.place]


@dataclass(slots=True)
class _Demand:
    """What an owner waits for in one class: jobs, the seconds expected, and the most of those.

    The most counts until nothing waits any more: whoever is served would else come nearer to being
    served again, where jobs take less than expected.
    """

    jobs: int = 0
    seconds: float = 0.0
    most: float = 0.0

    def add(self, seconds: float) -> None:
        """One more job waits."""
        self.jobs += 1
        self.seconds += seconds
        self.most = max(self.most, self.seconds)

    def remove(self, seconds: float) -> None:
        """A job waits no more."""
        self.jobs -= 1
        self.seconds -= seconds


class _Standing:
    """How far back every owner stands: what it has had, and a share of what it asked for.

    It only grows while jobs are started in thought.
    """

    def __init__(
        self,
        levels: Mapping[str, float],
        demands: Mapping[tuple[str, int], _Demand],
        policy: Policy,
    ) -> None:
        self._spent = dict(levels)
        self._asked = {key: counted(demand.most, policy) for key, demand in demands.items()}

    def of(self, entry: Entry) -> float:
        """The standing of a job's owner among those of the job's class."""
        return self._spent[entry.owner] + self._asked[entry.owner, entry.priority]

    def started(self, entry: Entry) -> None:
        """A job has been started in thought."""
        self._spent[entry.owner] += entry.cost


class Queue:
    """Waiting jobs, and the seconds that they are expected to take, by owner and class.

    A line is there while somebody waits in it.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._entries: dict[str, Entry] = {}
        self._lines: dict[LineKey, _Line] = {}
        self.bound = 0
        """How many cannot run at any host of their engine, or had better not."""
        self._demands: defaultdict[tuple[str, int], _Demand] = defaultdict(_Demand)

    def lines(self) -> list[LineKey]:
        """All lines in which somebody waits."""
        return list(self._lines)

    def any(self, engine: str) -> bool:
        """Whether a job waits for this engine."""
        return any(key.engine == engine for key in self._lines)

    def push(self, entry: Entry) -> None:
        """Let a job wait; ``ValueError`` if it does already."""
        if entry.id in self._entries:
            raise ValueError(f"job {entry.id} waits already")
        self._entries[entry.id] = entry
        line = self._lines.setdefault(entry.line, _Line())
        insort(line.entries, entry, key=lambda waiting: waiting.arrival)
        self._demands[entry.owner, entry.priority].add(entry.cost)
        self.bound += entry.is_bound

    def remove(self, job_id: str) -> Entry | None:
        """Take a job out; None if it does not wait."""
        entry = self._entries.pop(job_id, None)
        if entry is not None:
            line = self._lines[entry.line]
            line.entries.remove(entry)
            if not line.entries:
                del self._lines[entry.line]
            self._demands[entry.owner, entry.priority].remove(entry.cost)
            if not self._demands[entry.owner, entry.priority].jobs:
                del self._demands[entry.owner, entry.priority]
            self.bound -= entry.is_bound
        return entry

    def serve(self, entry: Entry) -> None:
        """Take a job out because it starts."""
        self.remove(entry.id)
        if entry.line in self._lines:
            self._lines[entry.line].overtaken = 0.0

    def overtake(self, entry: Entry, seconds: float) -> None:
        """A job has had its engine for so long, while less urgent ones waited."""
        for key, line in self._lines.items():
            if key.engine == entry.engine and key.priority > entry.priority:
                line.overtaken += seconds

    def alone(self, engine: str) -> list[Entry]:
        """The jobs that wait to run alone."""
        return [entry for entry in self._entries.values() if entry.alone and entry.engine == engine]

    def urgencies(self, engine: str) -> list[tuple[Entry, int]]:
        """Each line's first job and its class, waiting counted in."""
        return [
            (line.entries[0], self.urgency(line.entries[0]))
            for key, line in self._lines.items()
            if key.engine == engine
        ]

    def urgency(self, entry: Entry) -> int:
        """The class of a waiting job; that it waited counts for the first of a line."""
        line = self._lines[entry.line]
        overtaken = line.overtaken if entry is line.entries[0] else 0.0
        return aged(entry.priority, overtaken, self._policy)

    def order(
        self, engine: str, levels: Mapping[str, float], residency: Residency, now: float
    ) -> Iterator[Entry]:
        """The engine's waiting jobs in the order they will start.

        ``levels`` is each owner's engine time. What is yielded has been started in thought. The
        queue must not change while the order is read.
        """
        standing = _Standing(levels, self._demands, self._policy)
        turns = self._turns(engine, standing)
        model, until = residency.model, residency.since + residency.dwell
        clock = now
        while turns:
            candidates = list(turns)
            if model in turns and clock < until:
                candidates = [name for name in turns if name == model or residency.fits(name)]
            following = min(candidates, key=lambda name: _first(turns[name], standing))
            if following != model and not residency.fits(following):
                model, until = following, clock + residency.dwell
            entry = _take(turns[following], standing)
            if not turns[following]:
                del turns[following]
            standing.started(entry)
            clock += entry.cost
            yield entry

    def move(self, job_id: str, before: str) -> list[Entry]:
        """Put a waiting job before another of its line, or first for an empty ``before``.

        Returns the entries that have changed; ``ValueError`` if the other is not in that line.
        """
        moved = self._entries[job_id]
        line = self._lines[moved.line]
        others = [entry for entry in line.entries if entry is not moved]
        ids = [entry.id for entry in others]
        index = ids.index(before) if before else 0
        arrivals = [entry.arrival for entry in line.entries]
        wanted = [*others[:index], moved, *others[index:]]
        line.entries = [
            replace(entry, arrival=arrival) for entry, arrival in zip(wanted, arrivals, strict=True)
        ]
        self._entries.update((entry.id, entry) for entry in line.entries)
        return line.entries

    def _turns(self, engine: str, standing: _Standing) -> dict[str, list[_Turn]]:
        """A heap of the lines of every model."""
        turns: dict[str, list[_Turn]] = {}
        for key, line in self._lines.items():
            if key.engine == engine:
                first = line.entries[0]
                turn = _Turn(
                    self.urgency(first), standing.of(first), first.arrival, 0, line.entries
                )
                turns.setdefault(key.model, []).append(turn)
        for heap in turns.values():
            heapq.heapify(heap)
        return turns


def _first(heap: list[_Turn], standing: _Standing) -> _Turn:
    """The least turn, by what its owner has been charged meanwhile."""
    while heap[0].level != (level := standing.of(heap[0].entry)):
        heapq.heapreplace(heap, heap[0]._replace(level=level))
    return heap[0]


def _take(heap: list[_Turn], standing: _Standing) -> Entry:
    """Take the first job; the next of its line follows in the line's own class."""
    turn = _first(heap, standing)
    entry = turn.entry
    place = turn.place + 1
    if place < len(turn.entries):
        following = turn.entries[place]
        turn = _Turn(following.priority, turn.level, following.arrival, place, turn.entries)
        heapq.heapreplace(heap, turn)
    else:
        heapq.heappop(heap)
    return entry
