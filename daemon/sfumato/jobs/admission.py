"""The way in: what is refused before its pixels are read, and how an edit becomes a job.

An edit comes in like this: ``admit`` before its pixels are read, ``create_arena`` for them, then
``submit``.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from itertools import count
from typing import Literal

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Stage, Work
from sfumato.jobs.archive import Archive
from sfumato.jobs.errors import (
    Draining,
    DuplicateKey,
    InputsGone,
    JobsError,
    QueueFull,
    ShuttingDown,
)
from sfumato.jobs.inputs import copy_inputs, laid_out_again
from sfumato.jobs.job import Job, Submission, size
from sfumato.jobs.retention import Limits


class Admission:
    """Makes jobs of edits, within the limits. All methods belong to the event loop."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._arrivals = count()
        self.closed = False
        self.draining = False

    def resume(self, last_arrival: int) -> None:
        """Count on from an earlier daemon's last arrival."""
        self._arrivals = count(last_arrival + 1)

    @staticmethod
    def new_id() -> str:
        """A job's name that nobody can guess."""
        return secrets.token_hex(16)

    async def admit(self, owner: str, request_id: str, digest: str, pixels: int = 0) -> Job | None:
        """The job that this request has made before, or None if it may make one now.

        ``pixels`` is the size the job would have, as ``Job.pixels``. Raises ``DuplicateKey``,
        ``QueueFull``, ``Draining``, ``ShuttingDown`` or ``NotWrittenDown``.
        """
        job = await self._archive.find(owner, request_id)
        if job is not None:
            if job.submission.digest != digest:
                raise DuplicateKey(
                    "This request id was used for another edit. Give every edit an id of its own."
                )
            return job
        if self.closed:
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
        source: Job,
        new_id: str,
        parameters: Parameters,
        depth: Literal["uint8", "uint16"] | None,
        stages: tuple[Stage, ...] = (),
    ) -> Work:
        """New work on the inputs of an earlier job; ``depth`` of its colours, None for the same.

        Raises ``InputsGone`` or ``SpoolFull``.
        """
        layout, work = laid_out_again(source.work, parameters, depth, stages)
        work = replace(work, id=new_id, arena=str(self._archive.path(new_id)), finished=frozenset())
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

    async def submit(self, submission: Submission) -> tuple[Job, bool]:
        """The job of an edit whose arena is written, once it is written down; and if it is new.

        The same request again gives the job it made before, whose id is not that of the new work.
        Raises what ``admit`` raises. The arena is the jobs' from now on, whatever comes.
        """
        work = submission.work
        try:
            job = await self.admit(
                submission.owner, submission.request_id, submission.digest, size(work)
            )
            if job is None:
                job = Job(submission, next(self._arrivals), submission.on_disconnect)
                await self._archive.add(job)
                return job, True
        except JobsError:
            await self.discard_arena(work.id)
            raise
        await self.discard_arena(work.id)
        return job, False

    def _check_owner(self, owner: str, pixels: int) -> None:
        """``QueueFull`` if a job of this size is more than the owner may have waiting."""
        waiting = [job for job in self._archive.unended() if job.owner == owner and job.state.waits]
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
