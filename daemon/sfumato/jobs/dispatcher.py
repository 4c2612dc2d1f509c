"""Who works on what: brings waiting jobs to the engines' hosts, and does what their owners say."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable

from sfumato.engines.base import EngineSpec
from sfumato.jobs.archive import Archive
from sfumato.jobs.errors import CannotMove, NotWaiting
from sfumato.jobs.events import Cancelled, Failed, Queued
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.roll import Roll
from sfumato.jobs.runs import Runs
from sfumato.jobs.scheduler import Scheduler
from sfumato.jobs.telling import Telling

_LATER = 0.01
"""Seconds after the time that the scheduler names, so that its clock shows it, too."""


class Dispatcher:
    """Starts the jobs of the ``roll`` on the ``hosts``, as the scheduler says.

    ``on_change(job)`` is called after everything that happens to a job. What a job comes to is
    written down in the ``archive`` before anybody is told.
    """

    def __init__(
        self,
        hosts: Hosts,
        archive: Archive,
        on_change: Callable[[Job], None],
        scheduler: Scheduler | None = None,
    ) -> None:
        self._hosts = hosts
        self._scheduler = scheduler or Scheduler()
        self._archive = archive
        self.roll = Roll(hosts, self._scheduler, archive, on_change)
        self._runs = Runs(hosts, self._scheduler, archive, self.roll, self.dispatch)
        self._telling = Telling(self.roll.tell_places)
        self._again: asyncio.TimerHandle | None = None
        hosts.on_free, hosts.on_end = self.dispatch, self._scheduler.emptied

    # Hosts come and go.

    def join(self, spec: EngineSpec) -> str:
        """Have one more host, which gets work at once; its name."""
        name = self._hosts.add(spec)
        self._scheduler.join(name, spec.name)
        return name

    async def leave(self, name: str) -> None:
        """End a host, in bounded time. Its jobs begin anew elsewhere, from their stored inputs."""
        await self._hosts.end(name)
        await self._runs.settled(name)
        self._scheduler.leave(name)
        self._hosts.remove(name)
        self.dispatch()

    def models(self, host: str) -> tuple[str, ...]:
        """The models that a host has loaded, as far as is known."""
        return self._scheduler.residency(host).at_hand

    # Jobs come.

    def add(self, job: Job) -> None:
        """Let a job wait for its engine; ``ValueError`` if there is no such engine."""
        if job.engine not in self._hosts.engines:
            raise ValueError(f"there is no engine {job.engine}")
        self.roll.enter(job)
        if self._runs.closing:
            job.events.close()  # It goes on with the next start.
            return
        self.roll.enqueue(job)
        self.dispatch()

    def resume(self, jobs: Iterable[Job]) -> None:
        """Go on with an earlier daemon's jobs; those of an engine that is gone fail."""
        for job in jobs:
            self.roll.enter(job)
            if job.engine not in self._hosts.engines:
                self.roll.end(job, JobState.FAILED, _no_engine(job.engine))
            elif job.state is JobState.QUEUED:
                self.roll.enqueue(job)
        self.dispatch()

    # What happens to one.

    async def cancel(self, job: Job, message: str) -> None:
        """End a job, and return when it has ended. Ended jobs stay as they are."""
        if job.state.waits:
            self.drop(job, message)
            self.dispatch()
        elif job.state is JobState.RUNNING:
            job.cancelling = message
            self._hosts.cancel(job.id)
        async for _ in job.events.watch():
            pass

    def drop(self, job: Job, message: str) -> None:
        """End a waiting job, before anything else can start."""
        self._scheduler.remove(job.id)
        self._hosts.cancel(job.id)  # It may stand still there.
        self.roll.end(job, JobState.CANCELLED, Cancelled(message))

    def hold(self, job: Job) -> None:
        """Pause a job, a running one at its next step; ``NotWaiting`` if it has ended."""
        if job.state is JobState.QUEUED:
            self._scheduler.remove(job.id)
            job.move(JobState.PAUSED)
            job.place = 0
            self._archive.keep(job)
            job.events.publish(Queued(0, None))
            self.roll.on_change(job)
            self.dispatch()
        elif job.state is JobState.RUNNING:
            job.pausing = True
            self._hosts.hold(job.id)
        elif job.state.ended:
            raise NotWaiting("This edit has ended, so there is nothing left to pause.")

    def release(self, job: Job) -> None:
        """Let a paused job wait for its engine again; others are left as they are."""
        job.pausing = False
        if job.state is JobState.PAUSED:
            job.move(JobState.QUEUED)
            self._archive.keep(job)
            self.roll.enqueue(job)
            self.dispatch()

    def move(self, job: Job, before: Job | None) -> None:
        """Put a waiting job before another, or before all of its kind.

        ``NotWaiting`` if one of them does not wait, ``CannotMove`` if they are of different kinds.
        """
        if {job.state, before.state if before else job.state} != {JobState.QUEUED}:
            raise NotWaiting("Only edits that wait can be put in another order.")
        try:
            moved = self._scheduler.move(job.id, before.id if before else "")
        except ValueError:
            raise CannotMove(
                "Edits wait in one order only if they are equally urgent and for the same model."
            ) from None
        for entry in moved:
            self.roll[entry.id].arrival = entry.arrival
            self._archive.keep(self.roll[entry.id])
        self.roll.tell_places()

    # The whole.

    def pause(self, paused: bool) -> None:
        """Start no waiting jobs, or go on."""
        self.roll.paused = paused
        self.dispatch()

    def dispatch(self) -> None:
        """Give free hosts their next jobs, and tell the others where they stand."""
        if self._again is not None:
            self._again.cancel()
        if self._runs.closing:
            return
        if not self.roll.paused:
            again = math.inf
            for engine in self._hosts.engines:
                if self._scheduler.awaited(engine):
                    self._start_waiting(engine)
                    again = min(again, self._scheduler.again)
                self._runs.let_yield(engine)
            if again < math.inf:
                loop = asyncio.get_running_loop()
                self._again = loop.call_later(again + _LATER, self.dispatch)
        self._telling.soon()

    def _start_waiting(self, engine: str) -> None:
        places = self._hosts.places(engine)
        while start := self._scheduler.start(engine, places, time.monotonic()):
            self._runs.start(self.roll[start.entry.id], start.host)
            places[start.host] = self._hosts.places_at(start.host)

    async def close(self) -> None:
        """End all hosts, in bounded time. Jobs stay as they are, to go on with the next start."""
        self._runs.closing = True
        self._telling.close()
        await self._hosts.close()
        await self._runs.settled()
        await self._archive.settled()
        for job in self.roll.all:
            job.events.close()


def _no_engine(engine: str) -> Failed:
    message = (
        f"The daemon was restarted without the {engine} engine, which this edit needs: the "
        "settings name no model for it any more. Send the edit again with a model that there is."
    )
    return Failed("ENGINE_GONE", message)
