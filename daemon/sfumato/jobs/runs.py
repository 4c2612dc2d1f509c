"""What engines report of the jobs they work on, and what becomes of those then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from sfumato.engines import messages
from sfumato.engines.messages import Found, Notice, Preview, VariationDone, WorkReport
from sfumato.engines.patience import HostLost
from sfumato.jobs.archive import Archive
from sfumato.jobs.events import Cancelled, Done, Failed, Progress, Queued, Started, Timings
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, JobState, Priority
from sfumato.jobs.roll import Roll
from sfumato.jobs.scheduler import Scheduler

log = logging.getLogger(__name__)

_LOSSES = 2
"""A job is given up with its second lost host: it may well be what kills them."""

_RESTARTED = "The engine stopped unexpectedly, and the edit was started again."


class Runs:
    """The jobs at hosts, each followed up to its end. ``on_free`` is called when a place is free.

    Once ``closing``, jobs that lose their host are left as they are, for the next daemon.
    """

    def __init__(
        self,
        hosts: Hosts,
        scheduler: Scheduler,
        archive: Archive,
        roll: Roll,
        on_free: Callable[[], None],
    ) -> None:
        self._hosts = hosts
        self._scheduler = scheduler
        self._archive = archive
        self._roll = roll
        self._on_free = on_free
        self._tasks: dict[asyncio.Task[None], str] = {}
        self.closing = False

    def start(self, job: Job, host: str) -> None:
        """Let a host work on a job, from where it stands still if it does so there."""
        if self._hosts.home(job.id) == host:
            self._hosts[host].resume(job.id)
        else:
            following = self._follow(job, host, self._hosts.submit(host, job.attempt))
            task = asyncio.get_running_loop().create_task(following)
            self._tasks[task] = host
            task.add_done_callback(self._tasks.pop)
        waited = job.seconds_in_state
        job.move(JobState.RUNNING)
        job.timings = Timings(
            receive=job.submission.receive_seconds, queue=job.timings.queue + waited
        )
        job.events.publish(Started(job.engine, job.model))
        self._roll.on_change(job)

    def let_yield(self, engine: str) -> None:
        """Let batch jobs stand still that make way for others."""
        for job_id in self._scheduler.yielding(engine, time.monotonic()):
            self._hosts.hold(job_id)

    async def settled(self, host: str = "") -> None:
        """Return when nothing is at this host any more, or at any."""
        await asyncio.gather(*(task for task, at in self._tasks.items() if host in ("", at)))

    async def _follow(self, job: Job, host: str, reports: AsyncGenerator[WorkReport]) -> None:
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
                self._lost(job, host, lost.reason)
        except OSError as error:
            self._scheduler.end(job.id, time.monotonic())
            self._roll.end(job, JobState.FAILED, _pictures_gone(error))
        if job.state.ended:
            self._hosts.let_go(job.id)
        self._on_free()

    def _take(self, job: Job, report: WorkReport) -> None:
        match report:
            case messages.Progress(_, step, steps, phase):
                job.advance(step, steps, phase)
                # Before the first step there is only a model to be loaded.
                self._scheduler.loading(job.id, not steps, time.monotonic())
                eta = self._roll.rates.remaining(job)
                job.events.publish(Progress(step, steps, phase, eta))
                if job.submission.priority is Priority.BATCH and not self._roll.paused:
                    self.let_yield(job.engine)
            case messages.Held():
                self._stand_still(job)
            case Preview() | Notice() | Found():
                job.events.publish(report)
            case VariationDone(_, variation, seed, resolved):
                job.seeds[variation] = seed
                job.resolved = resolved
                wanted = job.work.wanted(variation)
                told = partial(job.events.publish, replace(report, resolved=None))
                self._archive.keep(job, *((told,) if wanted else ()))
            case messages.Finished():
                self._finished(job, report)
            case messages.Failed(_, code, message, refused):
                self._scheduler.end(job.id, time.monotonic())
                self._roll.end(job, JobState.FAILED, Failed(code, message, refused))
            case messages.Cancelled():
                self._scheduler.end(job.id, time.monotonic())
                self._roll.end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        self._roll.on_change(job)

    def _finished(self, job: Job, report: messages.Finished) -> None:
        spent = report.timings
        # The next one finds a process.
        starting = max(0.0, self._hosts.ready_at(job.id) - job.moved_at)
        self._roll.rates.learn(job, job.seconds_worked - starting - spent.load)
        self._scheduler.end(job.id, time.monotonic(), spent.load)
        job.resolved, job.environment = report.resolved, dict(report.environment)
        job.timings = replace(
            job.timings, load=spent.load, engine=spent.engine, compose=spent.compose
        )
        seed = job.seeds.get(0, report.resolved.seed)
        self._roll.end(job, JobState.DONE, Done(seed, report.resolved, job.timings))

    def _stand_still(self, job: Job) -> None:
        """The engine holds a job, for its owner or for more urgent ones."""
        if job.cancelling:
            return
        self._scheduler.end(job.id, time.monotonic())
        job.move(JobState.PAUSED if job.pausing else JobState.QUEUED)
        job.pausing, job.place = False, 0
        self._archive.keep(job)
        if job.state is JobState.QUEUED:
            self._roll.enqueue(job)
        else:
            job.events.publish(Queued(0, None))
        self._on_free()

    def _lost(self, job: Job, host: str, reason: str) -> None:
        log.warning("job %s lost the host %s: %s", job.id, host, reason)
        self._hosts.let_go(job.id)
        if job.state.waits:
            # It stood still, so it cannot have been what ended the host.
            job.begin_anew()
            if self._scheduler.remove(job.id):
                self._roll.enqueue(job)  # Now for any host.
            return
        self._scheduler.end(job.id, time.monotonic())
        if job.cancelling:
            self._roll.end(job, JobState.CANCELLED, Cancelled(job.cancelling))
        elif self.closing:
            job.move(JobState.QUEUED)
        elif self._hosts.ended(host):
            self._begin_anew(job)
        elif job.losses + 1 < _LOSSES:
            job.losses += 1
            job.avoids = host
            self._begin_anew(job)
        else:
            job.losses += 1
            self._roll.end(job, JobState.FAILED, _lost_twice(job.engine, reason))

    def _begin_anew(self, job: Job) -> None:
        job.move(JobState.QUEUED)
        job.begin_anew()
        job.events.publish(Notice(job.id, "ENGINE_RESTARTED", _RESTARTED))
        self._archive.keep(job)
        self._roll.enqueue(job)


def _pictures_gone(error: OSError) -> Failed:
    message = f"The result could not be read back from the daemon's disk ({error.strerror})."
    return Failed("PICTURES_GONE", f"{message} Send the edit again.")


def _lost_twice(engine: str, reason: str) -> Failed:
    message = (
        f"The {engine} engine stopped twice while it worked on this edit ({reason}). "
        "Try a smaller selection; `sfumato doctor` looks for what may be wrong."
    )
    return Failed("ENGINE_LOST", message)
