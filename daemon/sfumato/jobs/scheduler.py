"""Who waits, who runs and what owners have had: the rules of sharing, without a clock.

Which job starts next, and at which host, is chosen in ``offers``.

Waiting is bounded. When more urgent jobs have run for ``2 * ageing``, a line counts as most urgent
itself; then its first job starts within the dwells of the models before it and the time that the
other active owners need to have had as much as its owner: at most ``debt``, ``credit``,
``foresight`` and two jobs each.

A batch job runs while nobody else does. When others come it yields: it waits again, as it came. One
that has waited so long that it counts as more urgent runs to its end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping

from sfumato.jobs.entry import Entry
from sfumato.jobs.fair import Ledger, Policy
from sfumato.jobs.foresight import Foresight
from sfumato.jobs.meter import Meter
from sfumato.jobs.offers import Offers
from sfumato.jobs.placement import BATCH, Elsewhere, Places, Running, Start, Station
from sfumato.jobs.queue import Queue
from sfumato.jobs.residency import Residency

_STALE = 0.1
"""Seconds after which it is looked up once more what all owners have had."""


class Scheduler:
    """Waiting and running jobs, and what their owners have had.

    An engine has any number of hosts, each known by a name; they come and go. ``now`` is any
    clock's seconds that do not run backwards.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._ledger = Ledger(self._policy)
        self._queue = Queue(self._policy)
        self._running: dict[str, Running] = {}
        self._by_owner: defaultdict[str, list[Running]] = defaultdict(list)
        self._hosts: dict[str, Station] = {}
        self._took: dict[tuple[str, str], float] = {}
        self._left_since: dict[str, float] = {}
        self._now = 0.0
        self._read_at = -math.inf
        self.again = math.inf
        """Seconds after which ``start`` shall be asked again, even if nothing happens."""

    # What happens to hosts.

    def join(self, host: str, engine: str) -> None:
        """A host takes jobs of an engine from now on."""
        self._hosts[host] = Station(engine, Meter(self._charge), Residency(self._policy))

    def emptied(self, host: str) -> None:
        """A host has lost its process; its running jobs are still to be ended."""
        if host in self._hosts:
            self._hosts[host].residency.emptied()

    def leave(self, host: str) -> None:
        """A host takes no more jobs; ``ValueError`` while it has one."""
        if self._hosts[host].running:
            raise ValueError(f"the host {host} has jobs")
        del self._hosts[host]

    def residency(self, host: str) -> Residency:
        """The models that a host has at hand."""
        return self._hosts[host].residency

    # What happens to jobs.

    def add(self, entry: Entry, now: float) -> None:
        """A job waits from now on; ``ValueError`` if it does already."""
        self._join(entry.owner, entry.priority, now)
        self._queue.push(entry)

    def remove(self, job_id: str) -> bool:
        """A job waits no more; False if it did not."""
        self._left_since.pop(job_id, None)
        return self._queue.remove(job_id) is not None

    def move(self, job_id: str, before: str) -> list[Entry]:
        """Put a job before another of its owner, engine, class and model, or first of them.

        Returns the entries that have changed; ``ValueError`` if the other is not among them.
        """
        return self._queue.move(job_id, before)

    def awaited(self, engine: str) -> bool:
        """Whether a job waits for this engine."""
        return bool(self._queue.owners(engine))

    def start(self, engine: str, places: Mapping[str, Places], now: float) -> Start | None:
        """Take the job that starts next out of the queue; None if none may start now.

        ``places`` are those of all the engine's hosts. A job goes to the host that keeps it, else
        to where it will be done first: where its model is at hand and few others run; of equals the
        one that loses no model, then the one with the most free memory. For a busy host that has
        its model it waits if that is sooner than loading.
        """
        self.again, self._now = math.inf, now
        if all(its.full for its in places.values()) or not self._queue.owners(engine):
            return None
        foresight = self._foresee(engine, now)
        elsewhere = Elsewhere(self._hosts, places, self._took, self._left_since, now)
        offers = Offers(self._hosts, places, self._queue, foresight, elsewhere, now)
        start = offers.best(engine)
        self.again = elsewhere.again
        if start is not None:
            self._begin(start, now)
        return start

    def yielding(self, engine: str, now: float) -> list[str]:
        """The running batch jobs that make way for others, who run beside them or wait.

        They are to be ended here and added again once they stand still. One that runs alone, as it
        has lost its host, does not yield, and while a model stays it stays for batch jobs too. For
        each waiting job one host is enough.
        """
        waiting = [entry for entry, urgency in self._queue.urgencies(engine) if urgency < BATCH]
        yielding: list[str] = []
        for name, host in self._hosts.items():
            if host.engine != engine:
                continue
            batch = [
                job.entry.id
                for job in host.running.values()
                if job.urgency >= BATCH and not job.entry.alone
            ]
            if batch and not host.hurried:
                stays = now < host.residency.until
                coming = [
                    entry
                    for entry in waiting
                    if entry.may_run_at(name)
                    and not (stays and host.residency.displaces(entry.model))
                ]
                if not coming:
                    continue
                waiting.remove(coming[0])
            yielding += batch
        return yielding

    def loading(self, job_id: str, loading: bool, now: float) -> None:
        """Whether a running job's model is being loaded: that is its owner's time alone."""
        self._now = now
        self._at(job_id).meter.loading(job_id, loading, now)

    def end(self, job_id: str, now: float, load: float | None = None) -> float:
        """A running job is running no more, after loading its model for ``load`` seconds if known.

        Returns the engine time that it has cost its owner.
        """
        self._now = now
        host = self._at(job_id)
        host.meter.end(job_id, now)
        running = self._running.pop(job_id)
        del host.running[job_id]
        self._by_owner[running.entry.owner].remove(running)
        if not self._by_owner[running.entry.owner]:
            del self._by_owner[running.entry.owner]
        host.residency.ended(job_id, running.entry.model, load)
        if load is not None and running.load:
            self._took[host.engine, running.entry.model] = load
        self._queue.overtake(running.entry, running.charged)
        return running.charged

    # What is to come.

    def order(self, engine: str, now: float) -> Iterator[Entry]:
        """The engine's waiting jobs in the order they will start, as far as can be foreseen."""
        hosts = [host for host in self._hosts.values() if host.engine == engine]
        # Which of several will be free first, nobody knows: they are taken for one new host.
        residency = hosts[0].residency if len(hosts) == 1 else Residency(self._policy)
        return self._foresee(engine, now).order(residency, now)

    def _begin(self, start: Start, now: float) -> None:
        """A job runs from now on: it waits no more, and its owner's time is counted."""
        entry, at = start.entry, self._hosts[start.host]
        load = at.residency.seconds_to_load(entry.model)
        urgency, expected = self._queue.urgency(entry), entry.cost + load
        running = Running(entry, urgency, start.host, load, expected)
        self._queue.serve(entry)
        self._left_since.pop(entry.id, None)
        self._running[entry.id] = at.running[entry.id] = running
        self._by_owner[entry.owner].append(running)
        at.meter.begin(entry.id, now)
        at.residency.started(entry.id, entry.model, now)

    def _at(self, job_id: str) -> Station:
        return self._hosts[self._running[job_id].host]

    def _charge(self, job_id: str, seconds: float) -> None:
        running = self._running[job_id]
        running.charged += seconds
        self._ledger.charge(running.entry.owner, seconds, self._now)

    def _foresee(self, engine: str, now: float) -> Foresight:
        owners = self._queue.owners(engine)
        return self._queue.foresee(engine, {owner: self._level(owner, now) for owner in owners})

    def _level(self, owner: str, now: float) -> float:
        """What an owner has had, and what its running jobs will still cost, as it seems."""
        self._now = now
        coming = 0.0
        for running in self._by_owner.get(owner, ()):
            self._hosts[running.host].meter.read(now)
            coming += max(0.0, running.entry.cost - running.charged)
        return self._ledger.spent(owner, now) + coming

    def _join(self, owner: str, priority: int, now: float) -> None:
        """Bring an owner to the level of the others, unless it competes with them already."""
        self._now = now
        if now - self._read_at > _STALE:
            self._read_at = now
            for host in self._hosts.values():
                host.meter.read(now)
        waiting = [(key.owner, key.priority) for key in self._queue.lines()]
        running = [(job.entry.owner, job.entry.priority) for job in self._running.values()]
        active = {other for other, _ in waiting + running}
        # Who waits with batch jobs alone may be far behind those who are in more of a hurry.
        peers = {other for other, urgency in waiting + running if urgency <= priority}
        if owner not in peers:
            self._ledger.join(owner, (peers or active) - {owner}, now)
