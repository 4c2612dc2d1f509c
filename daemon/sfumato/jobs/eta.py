"""When waiting jobs will start and running ones end, by the times measured so far."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import chain, repeat

from sfumato.jobs.job import Job

_FRESH = 0.3
"""Weight of the latest measurement: models warm up, machines get busy."""


class Rates:
    """Seconds a pixel, by engine and model."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], float] = {}

    def learn(self, job: Job, seconds: float) -> None:
        """A job like this one took this long to run."""
        key = (job.engine, job.model)
        rate = seconds / max(1, job.pixels)
        self._seconds[key] = rate + (1 - _FRESH) * (self._seconds.get(key, rate) - rate)

    def still(self, job: Job) -> float | None:
        """Seconds the job takes to run, less those it has run; None before the first like it."""
        rate = self._seconds.get((job.engine, job.model))
        return None if rate is None else max(0.0, rate * job.pixels - job.seconds_worked)

    def remaining(self, job: Job) -> float | None:
        """Seconds until a running job ends.

        By its own pace once it has one, at first mixed with what jobs of its size took: the first
        steps of a job are not like the others.
        """
        by_size = self.still(job)
        by_pace = job.pace and job.pace * max(0, job.steps - job.step)
        if by_size is None or by_pace is None:
            return by_pace if by_size is None else by_size
        done = min(1.0, job.step / max(1, job.steps))
        return by_size + done * (by_pace - by_size)


def starts(
    running: Iterable[Job], waiting: Iterable[Job], capacity: Mapping[str, int], rates: Rates
) -> dict[str, float | None]:
    """Seconds until each waiting job starts, by id; None when unknown.

    ``waiting`` is in order and ``capacity`` says how many jobs an engine runs at once. A job starts
    when the first of its engine's places gets free; whatever comes after a job of unknown length
    starts at an unknown time, and so does what has no place to come to.
    """
    taken: dict[str, list[float]] = {engine: [] for engine in capacity}
    unknown: set[str] = set()
    for job in running:
        _occupy(taken, unknown, job, rates.remaining(job), 0.0)
    places = {
        engine: list(chain(ends, repeat(0.0, capacity[engine] - len(ends))))
        for engine, ends in taken.items()
    }
    for ends in places.values():
        heapq.heapify(ends)
    result: dict[str, float | None] = {}
    for job in waiting:
        if job.engine in unknown or not places[job.engine]:
            result[job.id] = None
            continue
        start = heapq.heappop(places[job.engine])
        result[job.id] = start
        _occupy(places, unknown, job, rates.still(job), start)
    return result


def _occupy(
    places: dict[str, list[float]],
    unknown: set[str],
    job: Job,
    seconds: float | None,
    start: float,
) -> None:
    if seconds is None:
        unknown.add(job.engine)
    else:
        heapq.heappush(places[job.engine], start + seconds)
