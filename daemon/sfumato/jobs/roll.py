"""The jobs that have not ended, and where each of them stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from sfumato.jobs.archive import Archive
from sfumato.jobs.entry import Entry
from sfumato.jobs.eta import Rates, starts
from sfumato.jobs.events import Cancelled, Ending, Failed, Queued
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, JobState, Priority
from sfumato.jobs.scheduler import Scheduler

_UNKNOWN_COST = 5.0
"""Seconds that a job is expected to take before one of its kind was measured."""


class Roll:
    """All jobs that have not ended. ``on_change(job)`` is called after what happens to one.

    What a job comes to is written down in the ``archive`` before anybody is told. ``rates`` tells
    how long jobs take. While ``paused``, nobody knows when waiting jobs start. ``clock`` gives the
    scheduler's seconds.
    """

    def __init__(
        self,
        hosts: Hosts,
        scheduler: Scheduler,
        archive: Archive,
        on_change: Callable[[Job], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._scheduler = scheduler
        self._archive = archive
        self._jobs: dict[str, Job] = {}
        self._clock = clock
        self.on_change = on_change
        self.rates = Rates()
        self.paused = False

    def __getitem__(self, job_id: str) -> Job:
        """The job of this id; ``KeyError`` if it has ended."""
        return self._jobs[job_id]

    @property
    def running(self) -> list[Job]:
        """The jobs that engines work on."""
        return [job for job in self._jobs.values() if job.state is JobState.RUNNING]

    @property
    def held(self) -> list[Job]:
        """Those that their owners have paused."""
        return [job for job in self._jobs.values() if job.state is JobState.PAUSED]

    @property
    def all(self) -> list[Job]:
        """Every job that has not ended."""
        return list(self._jobs.values())

    def of(self, owner: str) -> list[Job]:
        """All of one owner, in no order."""
        return [job for job in self._jobs.values() if job.owner == owner]

    def superseded(self, newest: Job) -> list[Job]:
        """The live edits that the same editor had sent before this one."""
        return [
            job
            for job in self.of(newest.owner)
            if job.submission.priority is Priority.LIVE
            and job.submission.client_id == newest.submission.client_id
            and not job.is_question
        ]

    def positions(self) -> dict[str, tuple[int, float | None]]:
        """Place and seconds until the start of every waiting job, in order."""
        places = self._places()
        etas = self._etas(places)
        return {
            job_id: (places[job_id], etas.get(job_id))
            for job_id in sorted(places, key=places.__getitem__)
        }

    def remaining(self, job: Job) -> float | None:
        """Seconds until a running job ends; None for others."""
        return self.rates.remaining(job) if job.state is JobState.RUNNING else None

    def enter(self, job: Job) -> None:
        """Know a job from now on."""
        self._jobs[job.id] = job

    def enqueue(self, job: Job) -> None:
        """Let a job wait for a host."""
        entry = Entry(
            id=job.id,
            owner=job.owner,
            engine=job.engine,
            model=job.model,
            priority=job.submission.priority,
            arrival=job.arrival,
            cost=self.rates.still(job) or _UNKNOWN_COST,
            alone=job.losses > 0 or job.submission.alone,
            home=self._hosts.home(job.id),
            avoids=job.avoids,
        )
        self._scheduler.add(entry, self._clock())

    def end(self, job: Job, state: JobState, ending: Ending) -> None:
        """A job has ended like this."""
        job.move(state)
        if isinstance(ending, Failed):
            job.failure = ending
        elif isinstance(ending, Cancelled):
            job.cancelling = ending.message
        del self._jobs[job.id]
        self._archive.keep(job, partial(job.events.publish, ending))
        self.on_change(job)

    def tell_places(self) -> None:
        """Tell the watchers of waiting jobs where those stand now."""
        places = self._places()
        moved = [job for job_id, place in places.items() if (job := self[job_id]).place != place]
        etas = self._etas(places) if moved else {}
        for job in moved:
            job.place = places[job.id]
            job.events.publish(Queued(job.place, etas.get(job.id)))
            self.on_change(job)

    def _places(self) -> dict[str, int]:
        """The place of every waiting job for its engine, by id; in order for each engine."""
        now = self._clock()
        orders = [self._scheduler.order(engine, now) for engine in self._hosts.engines]
        return {entry.id: place for order in orders for place, entry in enumerate(order, start=1)}

    def _etas(self, places: Iterable[str]) -> Mapping[str, float | None]:
        """Seconds until the start of waiting jobs, given in order; nobody knows while paused."""
        if self.paused:
            return {}
        waiting = [self._jobs[job_id] for job_id in places]
        return starts(self.running, waiting, self._hosts.capacities(), self.rates)
