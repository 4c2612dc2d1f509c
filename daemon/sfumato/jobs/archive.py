"""All jobs the daemon remembers, in memory and on disk, until retention lets go of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.messages import Notice
from sfumato.jobs import retention
from sfumato.jobs.digests import inputs_digest, result_digest
from sfumato.jobs.disk import Disk
from sfumato.jobs.errors import NotWrittenDown, SpoolFull, UnknownJob
from sfumato.jobs.job import Job
from sfumato.jobs.journal import Journal
from sfumato.jobs.recovery import recovered
from sfumato.jobs.retention import Limits
from sfumato.jobs.spool import Spool
from sfumato.jobs.syncing import Syncing

log = logging.getLogger(__name__)

JOURNAL_FILE = "journal.db"
SPOOL_FOLDER = "spool"
DAMAGED = "JOURNAL_DAMAGED"
"""Code of the notice about a journal that was set aside."""

_SWEEP_SECONDS = 600.0
"""How long a job may be kept beyond its time when nothing else happens."""

_UNKNOWN = "There is no such job, or the daemon no longer remembers it."


class Archive:
    """Jobs by id, by owner and by request, with their journal and their arenas in ``folder``."""

    def __init__(self, folder: Path, limits: Limits, disk: Disk | None = None) -> None:
        self._limits = limits
        self._journal = Journal(folder / JOURNAL_FILE)
        self._spool = Spool(folder / SPOOL_FOLDER, limits.spool_bytes)
        self._syncing = Syncing(self._journal, self._spool, disk or Disk())
        self._jobs: dict[str, Job] = {}
        self._unended: dict[str, Job] = {}
        self._requests: dict[tuple[str, str], Job] = {}
        self._adding: dict[str, asyncio.Future[None]] = {}
        self._sweep_due = asyncio.Event()
        self._damaged: Path | None = None
        self.settings: dict[str, str] = {}

    # From one daemon to the next.

    async def open(self) -> None:
        """Take up what an earlier daemon has left; ``JournalUnusable`` if that cannot be."""
        contents = await asyncio.to_thread(self._journal.open)
        await asyncio.to_thread(self._spool.open)
        self._damaged, self.settings = contents.damaged, contents.settings
        if self._damaged is not None:
            log.error("%s", self._damage())
            await asyncio.to_thread(self._spool.set_aside, self._damaged.with_suffix(""))
        found = await asyncio.to_thread(recovered, contents, self._spool)
        self._journal.start()
        for job, changed in found:
            self._remember(job)
            if changed:
                self.keep(job)
        kept = {row.id for row in contents.rows} - {
            job.id for job, _ in found if not job.arena_kept
        }
        await self._spool.remove_all_but(kept)

    async def close(self) -> None:
        """Bring everything to the disk and let go of it."""
        await self._spool.close()
        await self._syncing.now()
        await self._journal.close()

    async def keep_syncing(self) -> None:
        """See that what is written reaches the disk itself, for ever."""
        await self._syncing.keep_syncing()

    def notices(self) -> list[Notice]:
        """What the daemon's people should know: that it cannot write, that history was lost."""
        told = []
        if self._journal.trouble:
            told.append(Notice("", NotWrittenDown.code, self._journal.trouble))
        if self._damaged is not None:
            told.append(Notice("", DAMAGED, self._damage()))
        return told

    def _damage(self) -> str:
        return (
            f"The journal was damaged and has been set aside as {self._damaged}, with the pictures "
            "of its jobs; the daemon has begun a new one. Delete them when nobody misses anything."
        )

    # Jobs.

    async def add(self, job: Job) -> None:
        """Remember a new job, whose arena is written, for good; ``NotWrittenDown`` otherwise.

        A question is not written down: it lives no longer than the call that asks.
        """
        self._remember(job)
        if job.is_question:
            return
        self._syncing.touched(job.id)
        adding = self._adding[job.id] = asyncio.ensure_future(self._add(job))
        try:
            await asyncio.shield(adding)
        except NotWrittenDown:
            self._let_go(job)
            self._journal.remove([job.id])
            raise
        finally:
            del self._adding[job.id]

    async def _add(self, job: Job) -> None:
        job.inputs_digest = await asyncio.to_thread(inputs_digest, job.work)
        await self._journal.add(job)

    def keep(self, job: Job, then: Callable[[], None] = lambda: None) -> None:
        """Write down what has become of a job, and ``then`` tell it.

        That is told also when the disk refuses, but with a notice.
        """

        def written(written: asyncio.Future[None]) -> None:
            if written.exception() is not None and job.events.ending is None:
                job.events.publish(Notice(job.id, NotWrittenDown.code, self._journal.trouble))
            then()

        if job.state.ended:
            self._unended.pop(job.id, None)
        if job.is_question:
            then()
            return
        self._journal.update(job).add_done_callback(written)

    async def seal(self, job: Job, variation: int) -> None:
        """Take the fingerprint of a finished variation; its pixels will be brought to the disk."""
        job.digests[variation] = await asyncio.to_thread(result_digest, job.work, variation)
        self._syncing.touched(job.id)

    def set(self, key: str, value: str) -> None:
        """Remember a setting for the next daemon."""
        self._journal.set(key, value)

    async def settled(self) -> None:
        """Return when everything up to now is written, or cannot be, which ``notices`` tells."""
        with suppress(NotWrittenDown):
            await self._journal.settled()

    async def find(self, owner: str, request_id: str) -> Job | None:
        """The job that the owner's request has made, once it is written down, if it has."""
        job = self._requests.get((owner, request_id))
        if job is not None and job.id in self._adding:
            await asyncio.shield(self._adding[job.id])
        return job

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

    def unended(self) -> Sequence[Job]:
        """The jobs that have not ended, oldest first."""
        return list(self._unended.values())

    async def forget(self, jobs: Iterable[Job]) -> None:
        """Let go of ended jobs and their pictures; when this returns, no disk has them any more."""
        gone = [job for job in jobs if job.id in self._jobs]
        for job in gone:
            self._let_go(job)
        if not gone:
            return
        with suppress(NotWrittenDown):  # Tried again until it succeeds; the pictures go now.
            await self._journal.remove([job.id for job in gone if not job.is_question])
        for job in gone:
            job.arena_kept = False
            await self._spool.remove(job.id)

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        if not job.state.ended:
            self._unended[job.id] = job
        self._requests[job.owner, job.submission.request_id] = job

    def _let_go(self, job: Job) -> None:
        del self._jobs[job.id]
        self._unended.pop(job.id, None)
        del self._requests[job.owner, job.submission.request_id]

    # Pixels.

    def path(self, job_id: str) -> Path:
        """Where a job's arena is."""
        return self._spool.path(job_id)

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

    def sweep_soon(self) -> None:
        """Something has ended or is watched no more: see what need not be kept."""
        self._sweep_due.set()

    async def keep_sweeping(self) -> None:
        """Let go of what need not be kept, for ever."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._sweep_due.wait(), _SWEEP_SECONDS)
            self._sweep_due.clear()
            await self.forget(retention.forgotten(self._ended(), self._limits, datetime.now(UTC)))
            for job in retention.dropped(self._ended(), self._spool.size, self._limits):
                await self._drop(job)

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
        self.keep(job)
        await self._spool.remove(job.id)
