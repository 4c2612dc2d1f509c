"""Which job starts next on which engine: the rules of sharing, in one place and without a clock.

Waiting is bounded. When more urgent jobs have run for ``2 * ageing``, a line counts as most urgent
itself; then its first job starts within the dwells of the models before it and the time that the
other active owners need to have had as much as its owner: at most ``debt``, ``credit`` and two jobs
each.

A batch job runs while nobody else does. When others come it yields: it waits again, as it came. One
that has waited so long that it counts as more urgent runs to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sfumato.jobs.fair import Ledger, Policy
from sfumato.jobs.meter import Meter
from sfumato.jobs.queue import Entry, Queue
from sfumato.jobs.residency import Residency

_KEPT_FREE = 4
"""One of so many places is for owners who have nothing running, and not for batch jobs."""
_BATCH = 2


@dataclass(frozen=True, slots=True)
class Places:
    """How many jobs an engine can run at once, and how many it has in hand."""

    capacity: int
    taken: int


@dataclass(slots=True)
class _Running:
    """A running job, and its class as it was when it started: waiting had made it more urgent."""

    entry: Entry
    urgency: int
    charged: float = 0.0


class Scheduler:
    """Waiting and running jobs, and what their owners have had.

    ``now`` is any clock's seconds that do not run backwards.
    """

    def __init__(self, engines: Iterable[str], policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._ledger = Ledger(self._policy)
        self._queue = Queue(self._policy)
        self._running: dict[str, _Running] = {}
        self._now = 0.0
        engines = list(engines)
        self._meters = {engine: Meter(self._charge) for engine in engines}
        self.residencies = {engine: Residency(self._policy) for engine in engines}

    # What happens to jobs.

    def add(self, entry: Entry, now: float) -> None:
        """A job waits from now on; ``ValueError`` if it does already."""
        self._join(entry.owner, entry.priority, now)
        self._queue.push(entry)

    def remove(self, job_id: str) -> bool:
        """A job waits no more; False if it did not."""
        return self._queue.remove(job_id) is not None

    def move(self, job_id: str, before: str) -> list[Entry]:
        """Put a job before another of its owner, engine, class and model, or first of them.

        Returns the entries that have changed; ``ValueError`` if the other is not among them.
        """
        return self._queue.move(job_id, before)

    def start(self, engine: str, places: Places, now: float) -> Entry | None:
        """Take the job that starts next out of the queue; None if none may start now."""
        if places.taken >= places.capacity:
            return None
        residency = self.residencies[engine]
        running = self._on(engine)
        cautious = self._queue.any_alone(engine) or any(job.entry.alone for job in running)
        hurried = any(job.urgency < _BATCH for job in running)
        for entry in self.order(engine, now):
            if places.taken and residency.displaces(entry.model):
                return None  # The engine runs dry for it: two models may not fit side by side.
            if cautious and (places.taken or not entry.alone):
                continue
            urgency = self._queue.urgency(entry)
            if hurried and urgency >= _BATCH:
                continue
            if _has_place(entry, [job.entry for job in running], places):
                self._queue.serve(entry)
                self._running[entry.id] = _Running(entry, urgency)
                self._meters[engine].begin(entry.id, now)
                residency.started(entry.id, entry.model, now)
                return entry
        return None

    def yielding(self, engine: str, now: float) -> list[str]:
        """The running batch jobs that make way for others, who run or wait.

        They are to be ended here and added again once they stand still. One that runs alone, as it
        has lost its host, does not yield, and while a model stays it stays for batch jobs too.
        """
        running = self._on(engine)
        batch = [job for job in running if job.urgency >= _BATCH and not job.entry.alone]
        residency = self.residencies[engine]
        stays = now < residency.since + residency.dwell
        hurried = any(job.urgency < _BATCH for job in running) or any(
            urgency < _BATCH and not (stays and residency.displaces(model))
            for model, urgency in self._queue.urgencies(engine)
        )
        return [job.entry.id for job in batch] if hurried else []

    def loading(self, job_id: str, loading: bool, now: float) -> None:
        """Whether a running job's model is being loaded: that is its owner's time alone."""
        self._now = now
        self._meters[self._running[job_id].entry.engine].loading(job_id, loading, now)

    def end(self, job_id: str, now: float, load: float | None = None) -> float:
        """A running job is running no more, after loading its model for ``load`` seconds if known.

        Returns the engine time that it has cost its owner.
        """
        self._now = now
        entry = self._running[job_id].entry
        self._meters[entry.engine].end(job_id, now)
        self.residencies[entry.engine].ended(job_id, entry.model, load)
        charged = self._running.pop(job_id).charged
        self._queue.overtake(entry, charged)
        return charged

    # What is to come.

    def order(self, engine: str, now: float) -> Iterator[Entry]:
        """The engine's waiting jobs in the order they will start, as far as can be foreseen."""
        self._read(now)
        owners = {key.owner for key in self._queue.lines()}
        levels = {owner: self._level(owner, now) for owner in owners}
        return self._queue.order(engine, levels, self.residencies[engine], now)

    def _on(self, engine: str) -> list[_Running]:
        return [job for job in self._running.values() if job.entry.engine == engine]

    def _read(self, now: float) -> None:
        self._now = now
        for meter in self._meters.values():
            meter.read(now)

    def _charge(self, job_id: str, seconds: float) -> None:
        running = self._running[job_id]
        running.charged += seconds
        self._ledger.charge(running.entry.owner, seconds, self._now)

    def _level(self, owner: str, now: float) -> float:
        """What an owner has had, and what the running jobs will still cost by all appearances."""
        coming = (
            max(0.0, running.entry.cost - running.charged)
            for running in self._running.values()
            if running.entry.owner == owner
        )
        return self._ledger.spent(owner, now) + sum(coming)

    def _join(self, owner: str, priority: int, now: float) -> None:
        """Bring an owner to the level of the others, unless it competes with them already."""
        self._read(now)
        waiting = [(key.owner, key.priority) for key in self._queue.lines()]
        running = [(job.entry.owner, job.entry.priority) for job in self._running.values()]
        active = {other for other, _ in waiting + running}
        # Who waits with batch jobs alone may be far behind those who are in more of a hurry.
        peers = {other for other, urgency in waiting + running if urgency <= priority}
        if owner not in peers:
            self._ledger.join(owner, (peers or active) - {owner}, now)


def _has_place(entry: Entry, running: Sequence[Entry], places: Places) -> bool:
    """Whether one of the places is for this job."""
    if places.taken < places.capacity - places.capacity // _KEPT_FREE:
        return True
    return entry.priority < _BATCH and all(other.owner != entry.owner for other in running)
