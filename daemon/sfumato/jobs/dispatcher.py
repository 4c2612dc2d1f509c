"""Who works on what: brings waiting jobs to free engine hosts and their reports to the jobs."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from sfumato.engines import messages
from sfumato.engines.host import EngineHost, HostLost
from sfumato.engines.messages import Notice, Preview, VariationDone, WorkReport
from sfumato.engines.parameters import Parameters
from sfumato.jobs.eta import Rates, starts
from sfumato.jobs.events import Cancelled, Done, Ending, Failed, Progress, Queued, Started, Timings
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.queue import Entry, Queue

log = logging.getLogger(__name__)

_LOSSES = 2
"""A job is given up with its second lost host: it may well be what kills them."""

_SHUTTING_DOWN = Failed(
    "SHUTTING_DOWN", "The daemon was shut down before the edit was done. Send it again."
)
_RESTARTED = "The engine stopped unexpectedly, and the edit was started again."


class Dispatcher:
    """All jobs that have not ended. ``on_change(job)`` is called after everything that happens."""

    def __init__(
        self, hosts: Mapping[str, EngineHost], queue: Queue, on_change: Callable[[Job], None]
    ) -> None:
        self._hosts = hosts
        self._queue = queue
        self._on_change = on_change
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._suspects = Counter[str]()
        self._rates = Rates()
        self._closing = False

    @property
    def running(self) -> list[Job]:
        """The jobs that engines work on."""
        return [job for job in self._jobs.values() if job.state is JobState.RUNNING]

    @property
    def waiting(self) -> list[Job]:
        """The others, in the order they will run."""
        return [self._jobs[entry.id] for entry in self._queue]

    def positions(self) -> dict[str, tuple[int, float | None]]:
        """Place and seconds until the start of every waiting job."""
        capacity = {name: host.spec.capacity for name, host in self._hosts.items()}
        etas = starts(self.running, self.waiting, capacity, self._rates)
        return {job_id: (place, etas[job_id]) for job_id, place in self._queue.positions().items()}

    def remaining(self, job: Job) -> float | None:
        """Seconds until a running job ends."""
        return self._rates.remaining(job)

    def add(self, job: Job) -> None:
        """Let a job wait for its engine; ``ValueError`` if there is no such engine."""
        if job.engine not in self._hosts:
            raise ValueError(f"there is no engine {job.engine}")
        self._jobs[job.id] = job
        self._enqueue(job)
        self.dispatch()

    async def cancel(self, job: Job, message: str) -> None:
        """End a job, and return when it has ended. Ended jobs stay as they are."""
        if job.state is JobState.QUEUED:
            self._queue.remove(job.id)
            self._end(job, JobState.CANCELLED, Cancelled(message))
            self.dispatch()
        elif job.state is JobState.RUNNING:
            job.cancelling = message
            await self._hosts[job.engine].cancel(job.id)
            async for _ in job.events.watch():
                pass

    def dispatch(self) -> None:
        """Give free hosts their next jobs, and tell the others where they stand."""
        while not self._closing and (entry := self._queue.next(self._may_run)):
            job = self._jobs[entry.id]
            reports = self._hosts[job.engine].submit(job.work)
            self._started(job)
            task = asyncio.get_running_loop().create_task(self._follow(job, reports))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._tell_places()

    async def close(self) -> None:
        """End all jobs and hosts, in bounded time."""
        self._closing = True
        for job in self.waiting:
            self._queue.remove(job.id)
            self._end(job, JobState.FAILED, _SHUTTING_DOWN)
        await asyncio.gather(*(host.close() for host in self._hosts.values()))
        await asyncio.gather(*self._tasks)

    def _may_run(self, entry: Entry) -> bool:
        """Whether its host has a place for the job.

        What has lost a host is tried again alone, so that it can take nobody with it.
        """
        host = self._hosts[entry.engine]
        if self._jobs[entry.id].losses:
            return host.running == 0
        return host.free > 0 and not self._suspects[entry.engine]

    def _enqueue(self, job: Job) -> None:
        priority = job.submission.priority
        self._queue.push(Entry(job.id, job.owner, job.engine, priority, job.arrival))

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
                    self._take(job, report)
        except HostLost as lost:
            self._lost(job, lost.reason)
        self.dispatch()

    def _take(self, job: Job, report: WorkReport) -> None:
        match report:
            case messages.Progress(_, step, steps, phase):
                job.advance(step, steps)
                eta = self._rates.remaining(job)
                job.events.publish(Progress(step, steps, phase, eta))
            case Preview() | Notice():
                job.events.publish(report)
            case VariationDone(_, variation, seed):
                # After a lost host it may come a second time; it is the same one.
                if variation not in job.seeds:
                    job.seeds[variation] = seed
                    job.events.publish(report)
            case messages.Finished(_, resolved, timings):
                self._finished(job, resolved, timings)
            case messages.Failed(_, code, message, refused):
                self._end(job, JobState.FAILED, Failed(code, message, refused))
            case messages.Cancelled():
                self._end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        self._on_change(job)

    def _finished(self, job: Job, resolved: Parameters, spent: messages.Timings) -> None:
        self._rates.learn(job, job.seconds_in_state - spent.load)
        job.resolved = resolved
        job.timings = replace(
            job.timings, load=spent.load, engine=spent.engine, compose=spent.compose
        )
        seed = job.seeds.get(0, resolved.seed)
        self._end(job, JobState.DONE, Done(seed, resolved, job.timings))

    def _lost(self, job: Job, reason: str) -> None:
        log.warning("job %s lost its %s host: %s", job.id, job.engine, reason)
        if not job.losses:
            self._suspects[job.engine] += 1
        job.losses += 1
        if job.cancelling:
            self._end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        elif self._closing:
            self._end(job, JobState.FAILED, _SHUTTING_DOWN)
        elif job.losses < _LOSSES:
            job.move(JobState.QUEUED)
            job.step = job.steps = job.place = 0
            job.first_step = None
            job.events.forget_attempt()
            job.events.publish(Notice(job.id, "ENGINE_RESTARTED", _RESTARTED))
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
        del self._jobs[job.id]
        if job.losses:
            self._suspects[job.engine] -= 1
        job.events.publish(ending)
        self._on_change(job)

    def _tell_places(self) -> None:
        for job_id, (place, eta) in self.positions().items():
            job = self._jobs[job_id]
            if job.place != place:
                job.place = place
                job.events.publish(Queued(place, eta))
                self._on_change(job)
