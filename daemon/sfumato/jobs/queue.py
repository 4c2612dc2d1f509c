"""The order in which waiting jobs start. Plain data and no clock, so it can be tested to death.

Jobs of one owner, engine, class and model form a *line*, first come first. Lines compete by class,
then by the owner's engine time and what it has waiting in that class, then by arrival. Looking
ahead, every job is expected to cost its owner ``Entry.cost``, so that the foreseen order is the one
in which jobs will start.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sfumato.jobs.entry import Entry, LineKey
from sfumato.jobs.fair import Policy, aged, counted
from sfumato.jobs.foresight import Foresight, Turn


@dataclass(slots=True)
class _Line:
    """Waiting jobs, sorted, and how long more urgent ones have run before them."""

    entries: list[Entry] = field(default_factory=list)
    overtaken: float = 0.0


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

    def owners(self, engine: str) -> set[str]:
        """Everybody who waits for this engine."""
        return {key.owner for key in self._lines if key.engine == engine}

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

    def foresee(self, engine: str, levels: Mapping[str, float]) -> Foresight:
        """In what order the engine's waiting jobs will start, by each owner's engine time.

        It holds until the queue changes.
        """
        return Foresight(
            Turn(
                aged(first.priority, line.overtaken, self._policy),
                levels[first.owner] + self._asked(first),
                first.arrival,
                0,
                line.entries,
            )
            for key, line in self._lines.items()
            if key.engine == engine
            for first in line.entries[:1]
        )

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

    def _asked(self, entry: Entry) -> float:
        """The share that counts of what a job's owner has asked for in the job's class."""
        return counted(self._demands[entry.owner, entry.priority].most, self._policy)
