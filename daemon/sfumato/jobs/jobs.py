"""All jobs of the daemon: what the service asks and tells, in one place.

An edit comes in like this: ``admit`` before its pixels are read, ``create_arena`` for them, then
``submit``. Every stream that shows a job says ``attached`` first and ``disconnected`` at its end,
however that comes; one that has sent everything says ``delivered`` before.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Literal

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost, HostLost, Patience
from sfumato.engines.messages import Work
from sfumato.engines.parameters import Parameters
from sfumato.jobs.archive import Archive
from sfumato.jobs.dispatcher import Dispatcher
from sfumato.jobs.errors import (
    Draining,
    DuplicateKey,
    InputsGone,
    JobsError,
    NotEnded,
    QueueFull,
    ShuttingDown,
)
from sfumato.jobs.events import JobEvent
from sfumato.jobs.inputs import copy_inputs, laid_out_again
from sfumato.jobs.job import Job, OnDisconnect, Priority, Submission, size
from sfumato.jobs.retention import Limits
from sfumato.jobs.scheduler import Scheduler
from sfumato.jobs.snapshot import Snapshot, snapshot
from sfumato.jobs.spool import Spool

log = logging.getLogger(__name__)

DISCONNECT_GRACE = 2.0
"""Seconds in which somebody may attach again before ``OnDisconnect.CANCEL`` takes effect."""

_SNAPSHOT_SECONDS = 0.1


class Jobs:
    """The jobs of all owners. All methods belong to the event loop."""

    def __init__(
        self,
        specs: Iterable[EngineSpec],
        spool: Path,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._spool = Spool(spool, self._limits.spool_bytes)
        self._hosts = {spec.name: EngineHost(spec, patience, self._on_free) for spec in specs}
        self._dispatcher = Dispatcher(self._hosts, Scheduler(self._hosts), self._on_change)
        self._archive = Archive(self._spool, self._limits)
        self._arrivals = count()
        self._closing = False
        self.draining = False
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the spool."""
        self._spool.open()
        self._spawn(self._archive.keep_sweeping())

    def prespawn(self) -> None:
        """Start the hosts that shall be there before the first edit."""
        for host in self._hosts.values():
            if host.spec.prespawn:
                self._spawn(_warm(host))

    async def close(self) -> None:
        """End all jobs and hosts, in bounded time, and delete their pictures."""
        self._closing = True
        await self._dispatcher.close()
        self._notify()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._archive.clear()

    # The way in.

    @staticmethod
    def new_id() -> str:
        """A job's name that nobody can guess."""
        return secrets.token_hex(16)

    def admit(self, owner: str, request_id: str, digest: str, pixels: int = 0) -> Job | None:
        """The job that this request has made before, or None if it may make one now.

        ``pixels`` is the size the job would have, as ``Job.pixels``. Raises ``DuplicateKey``,
        ``QueueFull``, ``Draining`` or ``ShuttingDown``.
        """
        job = self._archive.find(owner, request_id)
        if job is not None:
            if job.submission.digest != digest:
                raise DuplicateKey(
                    "This request id was used for another edit. Give every edit an id of its own."
                )
            return job
        if self._closing:
            raise ShuttingDown("The daemon is shutting down. Try again in a moment.")
        if self.draining:
            raise Draining(
                "The daemon takes no new edits at present, as an admin has set it to finish those "
                "it has. Try again later."
            )
        self._check_owner(owner, pixels)
        return None

    async def create_arena(self, job_id: str, layout: Layout) -> Arena:
        """Room for a new job's pixels; old results make way. ``SpoolFull`` if that is too little.

        The caller closes the arena, and discards it unless it submits the job.
        """
        return await self._archive.create_arena(job_id, layout)

    async def discard_arena(self, job_id: str) -> None:
        """Delete the arena of a job that was not submitted after all."""
        await self._archive.discard_arena(job_id)

    async def reuse_inputs(
        self,
        owner: str,
        source_id: str,
        new_id: str,
        parameters: Parameters,
        depth: Literal["uint8", "uint16"] | None,
    ) -> Work:
        """New work on the inputs of an earlier job; ``depth`` of its colours, None for the same.

        Raises ``UnknownJob``, ``InputsGone`` or ``SpoolFull``.
        """
        source = self.get(owner, source_id)
        layout, work = laid_out_again(source.work, parameters, depth)
        work = replace(work, id=new_id, arena=str(self._spool.path(new_id)))
        source.watchers += 1  # So that its pictures do not make way for these.
        try:
            with await self.create_arena(new_id, layout) as arena:
                await asyncio.to_thread(copy_inputs, source.work, work, arena)
        except FileNotFoundError:
            await self.discard_arena(new_id)
            raise InputsGone(
                "The daemon no longer has the pictures of that edit. Send them again."
            ) from None
        except BaseException:
            await self.discard_arena(new_id)
            raise
        finally:
            source.watchers -= 1
        return work

    async def submit(self, submission: Submission) -> Job:
        """Take a job whose arena is written.

        The same request again gives the job it made before, whose id is not that of the new work.
        Raises what ``admit`` raises. The arena is the jobs' from now on, whatever comes.
        """
        try:
            job = self.admit(
                submission.owner, submission.request_id, submission.digest, size(submission.work)
            )
        except JobsError:
            await self.discard_arena(submission.work.id)
            raise
        if job is not None:
            await self.discard_arena(submission.work.id)
            return job
        job = Job(submission, next(self._arrivals), submission.on_disconnect)
        if submission.priority is Priority.LIVE:
            self._supersede(job)
        self._archive.add(job)
        self._dispatcher.add(job)
        self._notify()
        return job

    # What is known of jobs.

    def get(self, owner: str, job_id: str) -> Job:
        """The owner's job; ``UnknownJob`` if there is none, also when it is somebody else's."""
        return self._archive.get(owner, job_id)

    def list(self, owner: str) -> Sequence[Job]:
        """The owner's jobs, newest first."""
        return self._archive.of(owner)

    def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """The latest event of each kind, then what comes, up to the ending."""
        return job.events.watch()

    def snapshot(self, owner: str, admin: bool = False) -> Snapshot:
        """The queue as the owner may see it; an admin sees the ids of all jobs."""
        now = snapshot(self._dispatcher, self._hosts.values(), owner, admin)
        return replace(now, draining=self.draining)

    async def watch(self, owner: str, admin: bool = False) -> AsyncGenerator[Snapshot]:
        """The queue now and after changes, until the daemon shuts down."""
        last = None
        while not self._closing:
            changed = self._changed
            now = self.snapshot(owner, admin)
            if now != last:
                yield now
            last = now
            await changed.wait()
            # Many changes come at once, and nobody reads faster.
            await asyncio.sleep(_SNAPSHOT_SECONDS)

    # What happens to jobs from outside.

    async def cancel(self, owner: str, job_id: str, admin: bool = False) -> Job:
        """End the owner's job, and return it ended. One that has ended stays as it is.

        An admin ends anybody's.
        """
        job = self._archive.find_any(job_id) if admin else self.get(owner, job_id)
        theirs = job.owner != owner
        message = "An admin has cancelled the edit." if theirs else "The edit was cancelled."
        await self._dispatcher.cancel(job, message)
        return job

    def hold(self, owner: str, job_id: str, held: bool) -> Job:
        """Pause the owner's waiting job, or let it go on; ``NotWaiting`` if it cannot be paused."""
        job = self.get(owner, job_id)
        if held:
            self._dispatcher.hold(job)
        else:
            self._dispatcher.release(job)
        self._notify()
        return job

    def move(self, owner: str, job_id: str, before: str) -> Job:
        """Put the owner's waiting job directly before another one, or first for an empty id.

        Only jobs of one engine, model and class have an order of their owner's choice. Raises
        ``UnknownJob``, ``NotWaiting`` or ``CannotMove``.
        """
        job = self.get(owner, job_id)
        self._dispatcher.move(job, self.get(owner, before) if before else None)
        self._notify()
        return job

    def pause(self, paused: bool) -> None:
        """Start no waiting jobs, or go on. For admins."""
        self._dispatcher.pause(paused)
        self._notify()

    @property
    def paused(self) -> bool:
        """Whether no waiting jobs are started."""
        return self._dispatcher.paused

    def drain(self, draining: bool) -> None:
        """Take no new jobs, or go on. For admins."""
        self.draining = draining
        self._notify()

    async def forget(self, owner: str, job_id: str) -> None:
        """Delete the owner's job with its pictures; ``UnknownJob``, or ``NotEnded``."""
        job = self.get(owner, job_id)
        if not job.state.ended:
            raise NotEnded("This edit has not ended. Cancel it first.")
        await self._archive.forget(job)

    async def forget_ended(self, owner: str, before: datetime | None = None) -> int:
        """Delete the owner's jobs that have ended, ``before`` then if given (UTC); how many."""
        jobs = [
            job
            for job in self.list(owner)
            if job.ended_at is not None and (before is None or job.ended_at < before)
        ]
        for job in jobs:
            await self._archive.forget(job)
        return len(jobs)

    def attached(self, job: Job, on_disconnect: OnDisconnect | None = None) -> None:
        """Somebody watches the job, and may say anew what a broken connection means."""
        job.watchers += 1
        job.on_disconnect = on_disconnect or job.on_disconnect

    def disconnected(self, job: Job) -> None:
        """Somebody watches no more."""
        job.watchers -= 1
        self._archive.sweep_soon()
        if job.on_disconnect is OnDisconnect.CANCEL and not job.watchers and not job.state.ended:
            asyncio.get_running_loop().call_later(DISCONNECT_GRACE, self._cancel_unwatched, job)

    def delivered(self, job: Job) -> None:
        """The owner has seen everything, up to the ending."""
        job.delivered = True

    def _check_owner(self, owner: str, pixels: int) -> None:
        """``QueueFull`` if a job of this size is more than the owner may have waiting."""
        waiting = [job for job in self._dispatcher.of(owner) if job.state.waits]
        if len(waiting) >= self._limits.queued_jobs:
            raise QueueFull(
                f"{len(waiting)} of your edits are waiting, which is the most this daemon allows. "
                "Cancel some, or wait until they are done."
            )
        sizes = sum(job.pixels for job in waiting)
        if waiting and sizes + pixels > self._limits.queued_pixels:
            raise QueueFull(
                f"Your waiting edits have {sizes / 1e6:,.0f} megapixels, and with this one they "
                f"would have more than the {self._limits.queued_pixels / 1e6:,.0f} this daemon "
                "allows. Cancel some, or wait until they are done."
            )

    def _supersede(self, newest: Job) -> None:
        """End the older live jobs of the same editor: only what is drawn now counts."""
        message = "A newer live edit has taken this one's place."
        for job in self._dispatcher.of(newest.owner):
            older = job.submission
            if older.priority is not Priority.LIVE:
                continue
            if older.client_id != newest.submission.client_id:
                continue
            if job.state.waits:
                self._dispatcher.drop(job, message)
            else:
                self._spawn(self._dispatcher.cancel(job, message))

    def _cancel_unwatched(self, job: Job) -> None:
        if not job.watchers and not job.state.ended and not self._closing:
            message = "The connection was lost, and the edit was not to go on without it."
            self._spawn(self._dispatcher.cancel(job, message))

    def _on_free(self) -> None:
        self._dispatcher.dispatch()

    def _on_change(self, job: Job) -> None:
        if job.state.ended:
            self._archive.sweep_soon()
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _warm(host: EngineHost) -> None:
    try:
        await host.start()
    except HostLost as lost:
        log.warning("the %s engine could not be started ahead: %s", host.spec.name, lost.reason)
