"""All jobs of the daemon: what the service asks and tells, in one place.

How they come in is in ``admission``, who watches them in ``attendance``, who works on them in
``crew``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Notice, Turned
from sfumato.engines.patience import Patience
from sfumato.engines.process import HostProcess, Launch
from sfumato.jobs.admission import Admission
from sfumato.jobs.archive import Archive
from sfumato.jobs.attendance import Attendance
from sfumato.jobs.crew import Crew
from sfumato.jobs.disk import Disk
from sfumato.jobs.dispatcher import Dispatcher
from sfumato.jobs.errors import NotEnded, UnknownJob
from sfumato.jobs.events import JobEvent
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, Priority, Submission
from sfumato.jobs.load import Load, load
from sfumato.jobs.moments import Observe, Stepped, Teller, accepted, unobserved
from sfumato.jobs.retention import Limits
from sfumato.jobs.snapshot import Snapshot, snapshot
from sfumato.jobs.watching import Watching

Result = TypeVar("Result")

_PAUSED, _DRAINING = "paused", "draining"


class Jobs:
    """The jobs of all owners, kept in ``folder``. All methods belong to the event loop.

    ``expected`` are engines whose hosts may all join later; their jobs wait until then.
    """

    def __init__(
        self,
        specs: Iterable[EngineSpec],
        folder: Path,
        limits: Limits | None = None,
        patience: Patience | None = None,
        disk: Disk | None = None,
        observe: Observe = unobserved,
        launch: Launch = HostProcess,
        expected: Iterable[str] = (),
    ) -> None:
        limits = limits or Limits()
        self._hosts = Hosts(patience, launch)
        self._hosts.engines.update(expected)
        self._hosts.on_turn = self._on_turn
        self._archive = Archive(folder, limits, disk)
        self._dispatcher = Dispatcher(self._hosts, self._archive, self._on_change)
        for spec in specs:
            self._dispatcher.join(spec)
        self.admission = Admission(self._archive, limits)
        self.attendance = Attendance(self._archive, self._cancel_unwatched, observe)
        self._observe = observe
        self._closing = False
        self._watching = Watching()
        self.crew = Crew(self._hosts, self._dispatcher, self._watching)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._endless: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what an earlier daemon has left in the folder, and go on with it.

        Raises ``JournalUnusable``.
        """
        await self._archive.open()
        unended = self._archive.unended()
        self.admission.resume(max((job.arrival for job in unended), default=-1))
        self.admission.draining = bool(self._archive.settings.get(_DRAINING))
        self._dispatcher.roll.paused = bool(self._archive.settings.get(_PAUSED))
        for job in unended:
            Teller(job, self._observe)
        self._dispatcher.resume(unended)
        for job in unended:
            self.attendance.restarted(job)
        self._endless = [
            self._spawn(self._archive.keep_sweeping()),
            self._spawn(self._archive.keep_syncing()),
        ]

    def prespawn(self) -> None:
        """Start the hosts that shall be there before the first edit."""
        self._spawn(self._hosts.warm())

    async def close(self) -> None:
        """End all hosts, in bounded time; jobs that have not ended go on with the next start."""
        if self._closing:
            return
        self._closing = self.admission.closed = True
        await self._dispatcher.close()
        self._watching.close()
        await self.crew.closed()
        for task in self._endless:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._archive.close()

    async def submit(self, submission: Submission) -> Job:
        """Take a job whose arena is written; see ``Admission.submit``."""
        # Who hands it in may vanish at any moment, and the job is then taken all the same.
        return await asyncio.shield(self._spawn(self._submit(submission)))

    async def _submit(self, submission: Submission) -> Job:
        job, new = await self.admission.submit(submission)
        if new:
            if submission.priority is Priority.LIVE and not job.is_question:
                self._supersede(job)
            Teller(job, self._observe)
            self._observe(accepted(job))
            self._dispatcher.add(job)
            self._watching.notify()
        return job

    # What is known of jobs.

    async def get(self, owner: str, job_id: str) -> Job:
        """The owner's edit; ``UnknownJob`` if there is none, also when it is somebody else's."""
        job = await self._archive.get(owner, job_id)
        if job.is_question:
            raise UnknownJob("This is a question about a picture, and no edit.")
        return job

    async def of_request(self, owner: str, request_id: str) -> Job:
        """The job that the owner's request has made; ``UnknownJob`` if there is none."""
        job = await self._archive.find(owner, request_id)
        return job or await self.get(owner, "")

    def list(self, owner: str, after: str = "") -> AsyncGenerator[Job]:
        """The owner's edits, newest first; with ``after``, those that come behind that one."""
        return self._archive.of(owner, after)

    def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """The latest event of each kind, then what comes, up to the ending.

        Raises ``ShuttingDown`` when the daemon ends before the job.
        """
        return job.events.watch()

    def notices(self) -> Sequence[Notice]:
        """What is wrong with the daemon itself."""
        return self._archive.notices()

    def snapshot(self, owner: str, admin: bool = False) -> Snapshot:
        """The queue as the owner may see it; an admin sees the ids of all jobs."""
        now = snapshot(self._dispatcher.roll, self._hosts, self._dispatcher.models, owner, admin)
        return replace(now, draining=self.draining)

    def load(self) -> Load:
        """How much there is to do, and to do it with."""
        return load(self._dispatcher.roll.all, self._hosts.items())

    def watch(self, owner: str, admin: bool = False) -> AsyncGenerator[Snapshot]:
        """The queue now and after changes, until the daemon shuts down."""
        return self._watching.each(lambda: self.snapshot(owner, admin))

    # What happens to jobs from outside.

    async def cancel(self, owner: str, job_id: str, admin: bool = False) -> Job:
        """End the owner's job, and return it ended. One that has ended stays as it is.

        An admin ends anybody's.
        """
        found = self._archive.find_any(job_id) if admin else self._archive.get(owner, job_id)
        job = await found
        theirs = job.owner != owner
        message = "An admin has cancelled the edit." if theirs else "The edit was cancelled."
        await self._dispatcher.cancel(job, message)
        return job

    async def disown(self, known: Callable[[str], bool]) -> None:
        """End the jobs of owners who are not known any more: nobody can fetch their results."""
        message = "The token that this edit came with is not valid any more."
        strangers = [job for job in self._dispatcher.roll.all if not known(job.owner)]
        await asyncio.gather(*(self._dispatcher.cancel(job, message) for job in strangers))

    async def hold(self, owner: str, job_id: str, held: bool) -> Job:
        """Pause the owner's job, or let it go on; ``NotWaiting`` if it has ended.

        One that runs is paused at its next step, and goes on from there.
        """
        job = await self.get(owner, job_id)
        if held:
            self._dispatcher.hold(job)
        else:
            self._dispatcher.release(job)
        self._watching.notify()
        return job

    async def move(self, owner: str, job_id: str, before: str) -> Job:
        """Put the owner's waiting job directly before another one, or first for an empty id.

        Only jobs of one engine, model and class have an order of their owner's choice. Raises
        ``UnknownJob``, ``NotWaiting`` or ``CannotMove``.
        """
        job = await self.get(owner, job_id)
        self._dispatcher.move(job, await self.get(owner, before) if before else None)
        self._watching.notify()
        return job

    def pause(self, paused: bool) -> None:
        """Start no waiting jobs, or go on. For admins."""
        self._archive.set(_PAUSED, "yes" if paused else "")
        self._dispatcher.pause(paused)
        self._watching.notify()

    @property
    def paused(self) -> bool:
        """Whether no waiting jobs are started."""
        return self._dispatcher.roll.paused

    def drain(self, draining: bool) -> None:
        """Take no new jobs, or go on. For admins."""
        self._archive.set(_DRAINING, "yes" if draining else "")
        self.admission.draining = draining
        self._watching.notify()

    @property
    def draining(self) -> bool:
        """Whether no new jobs are taken."""
        return self.admission.draining

    async def settled(self) -> None:
        """Return when all changes up to now are written down."""
        await self._archive.settled()

    async def forget(self, owner: str, job_id: str) -> None:
        """Delete the owner's job with its pictures; ``UnknownJob``, or ``NotEnded``."""
        job = await self.get(owner, job_id)
        if not job.state.ended:
            raise NotEnded("This edit has not ended. Cancel it first.")
        await self._archive.forget([job.id])

    async def forget_ended(self, owner: str, before: datetime | None = None) -> int:
        """Delete the owner's jobs that have ended, ``before`` then if given (UTC); how many."""
        job_ids = await self._archive.ended(owner, before)
        await self._archive.forget(job_ids)
        return len(job_ids)

    def dismiss(self, job: Job) -> None:
        """Nobody waits for a question's answer any more: end it and keep nothing of it."""
        if not job.watchers and not self._closing:
            self._spawn(self._dismiss(job))

    async def _dismiss(self, job: Job) -> None:
        await self._dispatcher.cancel(job, "Nobody waits for the answer any more.")
        await self._archive.forget([job.id])

    def _supersede(self, newest: Job) -> None:
        """End the older live jobs of the same editor: only what is drawn now counts."""
        message = "A newer live edit has taken this one's place."
        for job in self._dispatcher.roll.superseded(newest):
            if job.state.waits:
                self._dispatcher.drop(job, message)
            else:
                self._spawn(self._dispatcher.cancel(job, message))

    def _cancel_unwatched(self, job: Job) -> None:
        if not self._closing:
            message = "The connection was lost, and the edit was not to go on without it."
            self._spawn(self._dispatcher.cancel(job, message))

    def _on_turn(self, spec: EngineSpec, turned: Turned) -> None:
        self._observe(Stepped(spec.name, spec.where, turned.batch, turned.seconds))

    def _on_change(self, job: Job) -> None:
        if job.state.ended:
            self._archive.sweep_soon()
        self._watching.notify()

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
