"""Which job starts next, and at which host: the rules of sharing, in one place and without a clock.

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
from operator import itemgetter

from sfumato.jobs.entry import Entry
from sfumato.jobs.fair import Ledger, Policy
from sfumato.jobs.foresight import Foresight
from sfumato.jobs.meter import Meter
from sfumato.jobs.placement import BATCH, Elsewhere, Places, Running, Start, Station
from sfumato.jobs.queue import Queue
from sfumato.jobs.residency import Residency

_STALE = 0.1
"""Seconds after which it is looked up once more what all owners have had."""

_NOTHING = object()
"""What those hosts have in common that have no model at hand that anybody waits for."""


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
        free = {host: its for host, its in places.items() if its.taken < its.capacity}
        if not free or not self._queue.owners(engine):
            return None
        foresight = self._foresee(engine, now)
        dry = self._to_run_dry(engine, places)
        elsewhere = Elsewhere(self._hosts, places, self._took, self._left_since, now)
        offers: list[tuple[tuple[float, bool, int, int], Start]] = []
        for ready, hosts in self._alike(free, foresight, bool(dry), now):
            if not ready and any(not rank[0] for rank, _ in offers):
                break  # A job starts at once: what others would load is for the next time.
            first = hosts[0]
            entry = self._next(first, places, foresight, first in dry, elsewhere, now)
            if entry is not None:
                offers += [
                    (self._hosts[host].rank(entry, free[host]), Start(entry, host))
                    for host in hosts
                ]
        self.again = elsewhere.again
        if not offers:
            return None
        _, start = min(offers, key=itemgetter(0))
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

    def _alike(
        self, free: Mapping[str, Places], foresight: Foresight, dry: bool, now: float
    ) -> list[tuple[bool, list[str]]]:
        """The free hosts in groups that would take the same job, and which may have its model.

        Those are the empty ones with the same models, or with models that nobody waits for. The
        groups that may have it come first.
        """
        apart = dry or self._queue.bound
        alike: defaultdict[object, list[str]] = defaultdict(list)
        for host, its in free.items():
            models = self._hosts[host].residency
            if apart or its.taken:
                alike[host].append(host)
            elif foresight.wanted(models.model):
                alike[models.model, now < models.until, models.fitting].append(host)
            else:
                alike[models.fitting or _NOTHING].append(host)
        groups = [(key is not _NOTHING, hosts) for key, hosts in alike.items()]
        return sorted(groups, key=itemgetter(0), reverse=True)

    def _next(
        self,
        name: str,
        places: Mapping[str, Places],
        foresight: Foresight,
        dry: bool,
        elsewhere: Elsewhere,
        now: float,
    ) -> Entry | None:
        """The job that a host takes now; ``dry`` if it is to be empty for one that runs alone."""
        its, host = places[name], self._hosts[name]
        others = len(places) > 1
        cautious = dry or host.has_lonely
        hurried = host.hurried
        running = [job.entry for job in host.running.values()]
        for entry in foresight.order(host.residency, now):
            if not entry.may_run_at(name) or (others and entry.avoids == name):
                continue
            if its.taken and host.residency.displaces(entry.model):
                return None  # The host runs dry for it: two models may not fit side by side.
            if cautious and (its.taken or not entry.alone):
                continue
            if hurried and self._queue.urgency(entry) >= BATCH:
                continue
            if its.has_one_for(entry, running) and not elsewhere.sooner(entry, host):
                return entry
        return None

    def _to_run_dry(self, engine: str, places: Mapping[str, Places]) -> set[str]:
        """The hosts that take nothing but what runs alone: for each such job the emptiest."""
        dry: set[str] = set()
        for entry in self._queue.alone(engine):
            fit = [
                (its.taken, host)
                for host, its in places.items()
                if entry.may_run_at(host) and (entry.avoids != host or len(places) == 1)
            ]
            dry |= {host for _, host in sorted(fit)[:1]}
        return dry

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
