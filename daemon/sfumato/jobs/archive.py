"""All jobs the daemon remembers, with their pictures, until retention lets go of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sfumato.engines.arena import Arena, Layout
from sfumato.jobs import retention
from sfumato.jobs.errors import SpoolFull, UnknownJob
from sfumato.jobs.job import Job
from sfumato.jobs.retention import Limits
from sfumato.jobs.spool import Spool

_SWEEP_SECONDS = 600.0
"""How long a job may be kept beyond its time when nothing else happens."""

_UNKNOWN = "There is no such job, or the daemon no longer remembers it."


class Archive:
    """Jobs by id, by owner and by request, and their arenas."""

    def __init__(self, spool: Spool, limits: Limits) -> None:
        self._spool = spool
        self._limits = limits
        self._jobs: dict[str, Job] = {}
        self._requests: dict[tuple[str, str], Job] = {}
        self._sweep_due = asyncio.Event()

    def add(self, job: Job) -> None:
        """Remember a new job."""
        self._jobs[job.id] = job
        self._requests[job.owner, job.submission.request_id] = job

    def find(self, owner: str, request_id: str) -> Job | None:
        """The job that the owner's request has made, if it has."""
        return self._requests.get((owner, request_id))

    def get(self, owner: str, job_id: str) -> Job:
        """The owner's job; ``UnknownJob`` if there is none, also when it is somebody else's."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise UnknownJob(_UNKNOWN)
        return job

    def find_any(self, job_id: str) -> Job:
        """Anybody's job; ``UnknownJob`` if there is none."""
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJob(_UNKNOWN)
        return job

    def of(self, owner: str) -> Sequence[Job]:
        """The owner's jobs, newest first."""
        return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    async def create_arena(self, job_id: str, layout: Layout) -> Arena:
        """Room for a new job; the oldest ended ones' pictures make way. ``SpoolFull`` without."""
        while True:
            try:
                return await self._spool.create(job_id, layout)
            except SpoolFull:
                if layout.size > self._limits.spool_bytes or not await self._make_way():
                    raise

    async def discard_arena(self, job_id: str) -> None:
        """Delete the arena of a job that did not come to be."""
        await self._spool.remove(job_id)

    async def forget(self, job: Job) -> None:
        """Let go of an ended job and its pictures, unless somebody else just did."""
        if self._jobs.pop(job.id, None) is not None:
            del self._requests[job.owner, job.submission.request_id]
            await self._drop(job)

    def sweep_soon(self) -> None:
        """Something has ended or is watched no more: see what need not be kept."""
        self._sweep_due.set()

    async def keep_sweeping(self) -> None:
        """Let go of what need not be kept, for ever."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._sweep_due.wait(), _SWEEP_SECONDS)
            self._sweep_due.clear()
            for job in retention.forgotten(self._ended(), self._limits, datetime.now(UTC)):
                await self.forget(job)
            for job in retention.dropped(self._ended(), self._spool.size, self._limits):
                await self._drop(job)

    async def clear(self) -> None:
        """Delete all pictures."""
        await self._spool.clear()

    def _ended(self) -> Sequence[Job]:
        return [job for job in self._jobs.values() if job.state.ended]

    async def _make_way(self) -> bool:
        """Drop the pictures of the oldest ended job; False if there are none."""
        for job in self._ended():
            if job.arena_kept and not job.watchers:
                await self._drop(job)
                return True
        return False

    async def _drop(self, job: Job) -> None:
        job.arena_kept = False
        await self._spool.remove(job.id)
