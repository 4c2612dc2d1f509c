"""All jobs the daemon remembers, in memory or in the journal, until retention lets go of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.messages import Notice
from sfumato.jobs.clearing import Clearing
from sfumato.jobs.course import Row
from sfumato.jobs.digests import inputs_digest, result_digest
from sfumato.jobs.disk import Disk
from sfumato.jobs.errors import NotWrittenDown, SpoolFull, UnknownJob
from sfumato.jobs.history import History
from sfumato.jobs.job import Job
from sfumato.jobs.journal import Journal
from sfumato.jobs.known import Known
from sfumato.jobs.recovery import from_row, recovered
from sfumato.jobs.retention import Limits
from sfumato.jobs.spool import Spool
from sfumato.jobs.syncing import Syncing

log = logging.getLogger(__name__)

JOURNAL_FILE = "journal.db"
SPOOL_FOLDER = "spool"
DAMAGED = "JOURNAL_DAMAGED"
"""Code of the notice about a journal that was set aside."""

_UNKNOWN = "There is no such job, or the daemon no longer remembers it."


class Archive:
    """Jobs by id, by owner and by request, with their journal and their arenas in ``folder``."""

    def __init__(self, folder: Path, limits: Limits, disk: Disk | None = None) -> None:
        self._limits = limits
        self._journal = Journal(folder / JOURNAL_FILE)
        self._spool = Spool(folder / SPOOL_FOLDER, limits.spool_bytes)
        self._syncing = Syncing(self._journal, self._spool, disk or Disk())
        self._history = History(self._journal)
        self._known = Known()
        self._arriving: set[str] = set()
        self._adding: dict[str, asyncio.Future[None]] = {}
        self._clearing = Clearing(self, limits)
        self._damaged: Path | None = None
        self.settings: dict[str, str] = {}

    # From one daemon to the next.

    async def open(self) -> None:
        """Take up what an earlier daemon has left; ``JournalUnusable`` if that cannot be."""
        await asyncio.to_thread(self._spool.open)
        contents = await asyncio.to_thread(self._journal.open, self._spool.ids)
        self._damaged, self.settings = contents.damaged, contents.settings
        if self._damaged is not None:
            log.error("%s", self._damage())
            await asyncio.to_thread(self._spool.set_aside, self._damaged.with_suffix(""))
        found = await asyncio.to_thread(recovered, contents, self._spool)
        self._journal.start()
        for job, changed in found:
            self._known.remember(job)
            if changed:
                self.keep(job)
        await self._spool.remove_all_but(
            contents.arenas - {job.id for job, _ in found if not job.arena_kept}
        )

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
        self._known.remember(job)
        self._arriving.discard(job.id)
        if job.is_question:
            return
        self._syncing.touched(job.id)
        adding = self._adding[job.id] = asyncio.ensure_future(self._add(job))
        try:
            await asyncio.shield(adding)
        except NotWrittenDown:
            self._known.let_go(job.id)
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

        if job.state.ended and self._known.get(job.id) is job:
            self._known.remember(job)
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
        job = self._known.of_request(owner, request_id)
        if job is None:
            row = await self._history.row_of_request(owner, request_id)
            # The same request may have come a second time meanwhile.
            job = self._known.of_request(owner, request_id) or (row and self._job(row))
        if job is not None and job.id in self._adding:
            await asyncio.shield(self._adding[job.id])
        return job

    async def get(self, owner: str, job_id: str) -> Job:
        """The owner's job; ``UnknownJob`` if there is none, also when it is somebody else's."""
        job = self._known.get(job_id)
        if job is None or job.owner != owner:
            # Another's goes the way of one that never was, and so takes no other time.
            row = await self._history.row_of_owner(owner, job_id)
            job = row and self._job(row)
        if job is None:
            raise UnknownJob(_UNKNOWN)
        return job

    async def find_any(self, job_id: str) -> Job:
        """Anybody's job; ``UnknownJob`` if there is none."""
        job = await self._find(job_id)
        if job is None:
            raise UnknownJob(_UNKNOWN)
        return job

    async def of(self, owner: str, after: str = "") -> AsyncGenerator[Job]:
        """The owner's jobs, newest first; with ``after``, those that come behind that one."""
        while rows := await self._history.page(owner, after):
            for row in rows:
                job = self._job(row)
                if job is not None:
                    yield job
            after = rows[-1].id

    def unended(self) -> Sequence[Job]:
        """The jobs that have not ended, oldest first."""
        return self._known.unended

    async def ended(self, owner: str, before: datetime | None = None) -> Sequence[str]:
        """The owner's jobs that have ended, ``before`` then if given (UTC), by their ids."""
        return await self._history.ended(owner, before)

    async def forget(self, job_ids: Iterable[str]) -> None:
        """Let go of ended jobs and their pictures; when this returns, no disk has them any more."""
        gone = list(job_ids)
        known = [job for job in map(self._known.get, gone) if job is not None]
        questions = {job.id for job in known if job.is_question}
        written = [job_id for job_id in gone if job_id not in questions]
        for job_id in gone:
            self._known.let_go(job_id)
        if written:
            with suppress(NotWrittenDown):  # Tried again until it succeeds; the pictures go now.
                await self._journal.remove(written)
        for job in known:
            job.arena_kept = False
        for job_id in gone:
            self._known.let_go(job_id)  # Somebody may have looked it up just before.
            await self._spool.remove(job_id)

    async def _find(self, job_id: str) -> Job | None:
        job = self._known.get(job_id)
        if job is None:
            row = await self._history.row(job_id)
            job = row and self._job(row)
        return job

    def _job(self, row: Row) -> Job | None:
        """The one job of a row; None if it cannot be read, which is logged."""
        job = self._known.get(row.id)
        if job is None:
            job = from_row(row, self._spool)
            if job is not None:
                self._known.remember(job)
        return job

    # Pixels.

    def path(self, job_id: str) -> Path:
        """Where a job's arena is."""
        return self._spool.path(job_id)

    async def create_arena(self, job_id: str, layout: Layout) -> Arena:
        """Room for a new job; the oldest ended ones' pictures make way. ``SpoolFull`` without."""
        self._arriving.add(job_id)
        while True:
            try:
                return await self._spool.create(job_id, layout)
            except SpoolFull:
                if layout.size > self._limits.spool_bytes or not await self._make_way():
                    raise

    async def discard_arena(self, job_id: str) -> None:
        """Delete the arena of a job that did not come to be."""
        self._arriving.discard(job_id)
        await self._spool.remove(job_id)

    def sweep_soon(self) -> None:
        """Something has ended or is watched no more: see what need not be kept."""
        self._clearing.soon()

    async def keep_sweeping(self) -> None:
        """Let go of what need not be kept, for ever."""
        await self._clearing.go_on()

    async def drop(self, job: Job) -> None:
        """Let go of an ended job's pictures."""
        job.arena_kept = False
        self.keep(job)
        await self._spool.remove(job.id)

    async def pictured(self) -> AsyncIterator[Job]:
        """The ended jobs with pictures that nobody watches, oldest first."""
        last = -1
        while found := await self._history.with_pictures(last):
            for _, job_id in found:
                job = await self._find(job_id)
                if job is not None and job.state.ended and job.arena_kept and not job.watchers:
                    yield job
            last = found[-1].number

    async def due(self, now: datetime) -> list[str]:
        """The ended jobs that nobody watches and of which nothing may be kept any more."""
        due = await self._history.due(self._limits, now)
        known = {job_id: self._known.get(job_id) for job_id in due}
        return [job_id for job_id, job in known.items() if job is None or not job.watchers]

    @property
    def bytes_of_ended(self) -> int:
        """The size of the pictures that are not in use."""
        in_use = {job.id for job in self.unended()} | self._arriving
        return self._spool.used - sum(map(self._spool.size, in_use))

    async def _make_way(self) -> bool:
        """Drop the pictures of the oldest ended job; False if there are none."""
        async for job in self.pictured():
            await self.drop(job)
            return True
        return False
