"""Who works on what: brings waiting jobs to free engine hosts and their reports to the jobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from sfumato.engines import messages
from sfumato.engines.host import EngineHost, HostLost
from sfumato.engines.messages import Found, Notice, Preview, VariationDone, WorkReport
from sfumato.jobs.archive import Archive
from sfumato.jobs.errors import CannotMove, NotWaiting
from sfumato.jobs.eta import Rates, starts
from sfumato.jobs.events import Cancelled, Done, Ending, Failed, Progress, Queued, Started, Timings
from sfumato.jobs.job import Job, JobState, Priority
from sfumato.jobs.queue import Entry
from sfumato.jobs.scheduler import Places, Scheduler

log = logging.getLogger(__name__)

_LOSSES = 2
"""A job is given up with its second lost host: it may well be what kills them."""

_UNKNOWN_COST = 5.0
"""Seconds that a job is expected to take before one of its kind was measured."""

_RESTARTED = "The engine stopped unexpectedly, and the edit was started again."


class Dispatcher:
    """All jobs that have not ended. ``on_change(job)`` is called after everything that happens.

    What a job comes to is written down in the ``archive`` before anybody is told. While ``paused``
    no waiting job is started.
    """

    def __init__(
        self,
        hosts: Mapping[str, EngineHost],
        scheduler: Scheduler,
        archive: Archive,
        on_change: Callable[[Job], None],
    ) -> None:
        self._hosts = hosts
        self._scheduler = scheduler
        self._archive = archive
        self._on_change = on_change
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._rates = Rates()
        self._closing = False
        self.paused = False

    @property
    def running(self) -> list[Job]:
        """The jobs that engines work on."""
        return [job for job in self._jobs.values() if job.state is JobState.RUNNING]

    @property
    def waiting(self) -> list[Job]:
        """Those that wait for a place, in the order they will run."""
        return [self._jobs[job_id] for job_id in self.positions()]

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

    def positions(self) -> dict[str, tuple[int, float | None]]:
        """Place and seconds until the start of every waiting job, in order."""
        now = time.monotonic()
        capacity = {name: host.spec.capacity for name, host in self._hosts.items()}
        orders = [[*self._scheduler.order(engine, now)] for engine in self._hosts]
        places = {entry.id: place for order in orders for place, entry in enumerate(order, start=1)}
        waiting = [self._jobs[job_id] for job_id in places]
        etas = starts(self.running, waiting, capacity, self._rates)
        return {
            job_id: (places[job_id], None if self.paused else etas[job_id])
            for job_id in sorted(places, key=places.__getitem__)
        }

    def remaining(self, job: Job) -> float | None:
        """Seconds until a running job ends; None for others."""
        return self._rates.remaining(job) if job.state is JobState.RUNNING else None

    def add(self, job: Job) -> None:
        """Let a job wait for its engine; ``ValueError`` if there is no such engine."""
        if job.engine not in self._hosts:
            raise ValueError(f"there is no engine {job.engine}")
        self._jobs[job.id] = job
        if self._closing:
            job.events.close()  # It goes on with the next start.
            return
        self._enqueue(job)
        self.dispatch()

    def resume(self, jobs: Iterable[Job]) -> None:
        """Go on with an earlier daemon's jobs; those of an engine that is gone fail."""
        for job in jobs:
            self._jobs[job.id] = job
            if job.engine not in self._hosts:
                self._end(job, JobState.FAILED, _no_engine(job.engine))
            elif job.state is JobState.QUEUED:
                self._enqueue(job)
        self.dispatch()

    async def cancel(self, job: Job, message: str) -> None:
        """End a job, and return when it has ended. Ended jobs stay as they are."""
        if job.state.waits:
            self.drop(job, message)
            self.dispatch()
        elif job.state is JobState.RUNNING:
            job.cancelling = message
            self._hosts[job.engine].cancel(job.id)
        async for _ in job.events.watch():
            pass

    def drop(self, job: Job, message: str) -> None:
        """End a waiting job, before anything else can start."""
        self._scheduler.remove(job.id)
        self._hosts[job.engine].cancel(job.id)  # It may stand still there.
        self._end(job, JobState.CANCELLED, Cancelled(message))

    def hold(self, job: Job) -> None:
        """Pause a job, a running one at its next step; ``NotWaiting`` if it has ended."""
        if job.state is JobState.QUEUED:
            self._scheduler.remove(job.id)
            job.move(JobState.PAUSED)
            job.place = 0
            self._archive.keep(job)
            job.events.publish(Queued(0, None))
            self._on_change(job)
            self.dispatch()
        elif job.state is JobState.RUNNING:
            job.pausing = True
            self._hosts[job.engine].hold(job.id)
        elif job.state.ended:
            raise NotWaiting("This edit has ended, so there is nothing left to pause.")

    def release(self, job: Job) -> None:
        """Let a paused job wait for its engine again; others are left as they are."""
        job.pausing = False
        if job.state is JobState.PAUSED:
            job.move(JobState.QUEUED)
            self._archive.keep(job)
            self._enqueue(job)
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
            self._jobs[entry.id].arrival = entry.arrival
            self._archive.keep(self._jobs[entry.id])
        self._tell_places()

    def pause(self, paused: bool) -> None:
        """Start no waiting jobs, or go on."""
        self.paused = paused
        self.dispatch()

    def dispatch(self) -> None:
        """Give free hosts their next jobs, and tell the others where they stand."""
        if not (self._closing or self.paused):
            for engine, host in self._hosts.items():
                while entry := self._next(engine, host):
                    self._start(self._jobs[entry.id], host)
                self._let_yield(engine, host)
        self._tell_places()

    async def close(self) -> None:
        """End all hosts, in bounded time. Jobs stay as they are, to go on with the next start."""
        self._closing = True
        await asyncio.gather(*(host.close() for host in self._hosts.values()))
        await asyncio.gather(*self._tasks)
        await self._archive.settled()
        for job in self._jobs.values():
            job.events.close()

    def _start(self, job: Job, host: EngineHost) -> None:
        if host.keeps(job.id):
            host.resume(job.id)
        else:
            reports = host.submit(replace(job.work, finished=frozenset(job.seeds)))
            task = asyncio.get_running_loop().create_task(self._follow(job, reports))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._started(job)

    def _let_yield(self, engine: str, host: EngineHost) -> None:
        for job_id in self._scheduler.yielding(engine, time.monotonic()):
            host.hold(job_id)

    def _next(self, engine: str, host: EngineHost) -> Entry | None:
        """Take the job that the host gets now out of the queue."""
        if host.free < 1:
            return None
        places = Places(host.spec.capacity, host.running)
        return self._scheduler.start(engine, places, time.monotonic())

    def _enqueue(self, job: Job) -> None:
        now = time.monotonic()
        entry = Entry(
            id=job.id,
            owner=job.owner,
            engine=job.engine,
            model=job.model,
            priority=job.submission.priority,
            arrival=job.arrival,
            cost=self._rates.still(job) or _UNKNOWN_COST,
            alone=job.losses > 0 or job.submission.alone,
        )
        self._scheduler.add(entry, now)

    def _started(self, job: Job) -> None:
        waited = job.seconds_in_state
        job.move(JobState.RUNNING)
        job.timings = Timings(
            receive=job.submission.receive_seconds, queue=job.timings.queue + waited
        )
        job.events.publish(Started(job.engine, job.model))
        self._on_change(job)

    async def _follow(self, job: Job, reports: AsyncGenerator[WorkReport]) -> None:
        try:
            async with aclosing(reports):
                async for report in reports:
                    if job.state.ended:
                        continue  # It was dropped while it stood still.
                    if isinstance(report, VariationDone):
                        await self._archive.seal(job, report.variation)
                    self._take(job, report)
        except HostLost as lost:
            if not job.state.ended:
                self._lost(job, lost.reason)
        except OSError as error:
            self._scheduler.end(job.id, time.monotonic())
            self._end(job, JobState.FAILED, _pictures_gone(error))
        self.dispatch()

    def _take(self, job: Job, report: WorkReport) -> None:
        match report:
            case messages.Progress(_, step, steps, phase):
                job.advance(step, steps)
                # Before the first step there is only a model to be loaded.
                self._scheduler.loading(job.id, not steps, time.monotonic())
                eta = self._rates.remaining(job)
                job.events.publish(Progress(step, steps, phase, eta))
                if job.submission.priority is Priority.BATCH and not self.paused:
                    self._let_yield(job.engine, self._hosts[job.engine])
            case messages.Held():
                self._stand_still(job)
            case Preview() | Notice() | Found():
                job.events.publish(report)
            case VariationDone(_, variation, seed):
                job.seeds[variation] = seed
                self._archive.keep(job, partial(job.events.publish, report))
            case messages.Finished():
                self._finished(job, report)
            case messages.Failed(_, code, message, refused):
                self._scheduler.end(job.id, time.monotonic())
                self._end(job, JobState.FAILED, Failed(code, message, refused))
            case messages.Cancelled():
                self._scheduler.end(job.id, time.monotonic())
                self._end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        self._on_change(job)

    def _finished(self, job: Job, report: messages.Finished) -> None:
        spent = report.timings
        self._rates.learn(job, job.seconds_worked - spent.load)
        self._scheduler.end(job.id, time.monotonic(), spent.load)
        job.resolved, job.environment = report.resolved, dict(report.environment)
        job.timings = replace(
            job.timings, load=spent.load, engine=spent.engine, compose=spent.compose
        )
        seed = job.seeds.get(0, report.resolved.seed)
        self._end(job, JobState.DONE, Done(seed, report.resolved, job.timings))

    def _stand_still(self, job: Job) -> None:
        """The engine holds a job, for its owner or for more urgent ones."""
        if job.cancelling:
            return
        self._scheduler.end(job.id, time.monotonic())
        job.move(JobState.PAUSED if job.pausing else JobState.QUEUED)
        job.pausing, job.place = False, 0
        self._archive.keep(job)
        if job.state is JobState.QUEUED:
            self._enqueue(job)
        else:
            job.events.publish(Queued(0, None))
        self.dispatch()

    def _lost(self, job: Job, reason: str) -> None:
        log.warning("job %s lost its %s host: %s", job.id, job.engine, reason)
        if job.state.waits:
            job.begin_anew()  # It stood still, so it cannot have been what ended the host.
            return
        self._scheduler.end(job.id, time.monotonic())
        job.losses += 1
        if job.cancelling:
            self._end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        elif self._closing:
            job.losses -= 1  # Nobody's fault.
            job.move(JobState.QUEUED)
        elif job.losses < _LOSSES:
            job.move(JobState.QUEUED)
            job.begin_anew()
            job.events.publish(Notice(job.id, "ENGINE_RESTARTED", _RESTARTED))
            self._archive.keep(job)
            self._enqueue(job)
        else:
            message = (
                f"The {job.engine} engine stopped twice while it worked on this edit ({reason}). "
                "Try a smaller selection; `sfumato doctor` looks for what may be wrong."
            )
            self._end(job, JobState.FAILED, Failed("ENGINE_LOST", message))

    def _end(self, job: Job, state: JobState, ending: Ending) -> None:
        job.move(state)
        if isinstance(ending, Failed):
            job.failure = ending
        elif isinstance(ending, Cancelled):
            job.cancelling = ending.message
        del self._jobs[job.id]
        self._archive.keep(job, partial(job.events.publish, ending))
        self._on_change(job)

    def _tell_places(self) -> None:
        for job_id, (place, eta) in self.positions().items():
            job = self._jobs[job_id]
            if job.place != place:
                job.place = place
                job.events.publish(Queued(place, eta))
                self._on_change(job)


def _no_engine(engine: str) -> Failed:
    message = (
        f"The daemon was restarted without the {engine} engine, which this edit needs: the "
        "settings name no model for it any more. Send the edit again with a model that there is."
    )
    return Failed("ENGINE_GONE", message)


def _pictures_gone(error: OSError) -> Failed:
    message = f"The result could not be read back from the daemon's disk ({error.strerror})."
    return Failed("PICTURES_GONE", f"{message} Send the edit again.")
