"""Which waiting job each free host of an engine would take now, and the best of these. No clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from operator import itemgetter

from sfumato.jobs.entry import Entry
from sfumato.jobs.foresight import Foresight
from sfumato.jobs.placement import BATCH, Elsewhere, Places, Start, Station
from sfumato.jobs.queue import Queue

_NOTHING = object()
"""What those hosts have in common that have no model at hand that anybody waits for."""


class Offers:
    """What the hosts of an engine offer at ``now``; they hold until the queue changes.

    ``places`` are those of all its hosts, by the names that ``stations`` has among others.
    ``elsewhere`` is told of the jobs that had better wait for a busy host.
    """

    def __init__(
        self,
        stations: Mapping[str, Station],
        places: Mapping[str, Places],
        queue: Queue,
        foresight: Foresight,
        elsewhere: Elsewhere,
        now: float,
    ) -> None:
        self._stations = stations
        self._places = places
        self._queue = queue
        self._foresight = foresight
        self._elsewhere = elsewhere
        self._now = now

    def best(self, engine: str) -> Start | None:
        """The job that starts at the host where it is done first; None if none may start now."""
        dry = self._to_run_dry(engine)
        offers: list[tuple[tuple[float, bool, int, int], Start]] = []
        for ready, hosts in self._alike(bool(dry)):
            if not ready and any(not rank[0] for rank, _ in offers):
                break  # A job starts at once: what others would load is for the next time.
            entry = self._next(hosts[0], hosts[0] in dry)
            if entry is not None:
                offers += [
                    (self._stations[host].rank(entry, self._places[host]), Start(entry, host))
                    for host in hosts
                ]
        return min(offers, key=itemgetter(0))[1] if offers else None

    def _alike(self, dry: bool) -> list[tuple[bool, list[str]]]:
        """The free hosts in groups that would take the same job, and which may have its model.

        Those are the empty ones with the same models, or with models that nobody waits for. The
        groups that may have it come first.
        """
        apart = dry or self._queue.bound
        alike: defaultdict[object, list[str]] = defaultdict(list)
        for host, its in self._places.items():
            if its.full:
                continue
            models = self._stations[host].residency
            if apart or its.taken:
                alike[host].append(host)
            elif self._foresight.wanted(models.model):
                alike[models.model, self._now < models.until, models.fitting].append(host)
            else:
                alike[models.fitting or _NOTHING].append(host)
        groups = [(key is not _NOTHING, hosts) for key, hosts in alike.items()]
        return sorted(groups, key=itemgetter(0), reverse=True)

    def _next(self, name: str, dry: bool) -> Entry | None:
        """The job that a host takes now; ``dry`` if it is to be empty for one that runs alone."""
        its, host = self._places[name], self._stations[name]
        others = len(self._places) > 1
        cautious = dry or host.has_lonely
        hurried = host.hurried
        running = [job.entry for job in host.running.values()]
        for entry in self._foresight.order(host.residency, self._now):
            if not entry.may_run_at(name) or (others and entry.avoids == name):
                continue
            if its.taken and host.residency.displaces(entry.model):
                return None  # The host runs dry for it: two models may not fit side by side.
            if cautious and (its.taken or not entry.alone):
                continue
            if hurried and self._queue.urgency(entry) >= BATCH:
                continue
            if its.has_one_for(entry, running) and not self._elsewhere.sooner(entry, host):
                return entry
        return None

    def _to_run_dry(self, engine: str) -> set[str]:
        """The hosts that take nothing but what runs alone: for each such job the emptiest."""
        dry: set[str] = set()
        for entry in self._queue.alone(engine):
            fit = [
                (its.taken, host)
                for host, its in self._places.items()
                if entry.may_run_at(host) and (entry.avoids != host or len(self._places) == 1)
            ]
            dry |= {host for _, host in sorted(fit)[:1]}
        return dry
