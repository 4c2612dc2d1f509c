"""When pixels and rows reach the disk itself, so that a power cut finds them there.

Twice a second, and not with every edit: nobody waits for a disk to turn. What is on the disk only
in part by then is recognized by its digest (``jobs.recovery``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from sfumato.jobs.disk import Disk
from sfumato.jobs.errors import NotWrittenDown
from sfumato.jobs.journal import Journal
from sfumato.jobs.spool import Spool

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.5
"""Half of what a power cut may cost: a sync takes its time, too."""


class Syncing:
    """Brings a journal and the arenas of its jobs to the disk, pixels before the rows."""

    def __init__(self, journal: Journal, spool: Spool, disk: Disk) -> None:
        self._journal = journal
        self._spool = spool
        self._disk = disk
        self._arenas: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    def touched(self, job_id: str) -> None:
        """A job's arena has new pixels."""
        self._arenas.add(job_id)

    async def keep_syncing(self) -> None:
        """Sync whenever there is something new, for ever."""
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            if self._journal.dirty or self._arenas:
                await self.now()

    async def now(self) -> None:
        """Bring all there is to the disk. What it refuses is tried again with the next sync."""
        async with self._one_at_a_time:
            self._journal.next_round()
            arenas, self._arenas = self._arenas, set()
            paths = [self._spool.path(job_id) for job_id in arenas]
            try:
                await asyncio.to_thread(self._sync_files, paths)
                await self._journal.sync()
            except (OSError, NotWrittenDown) as error:
                self._arenas |= arenas
                log.error("cannot bring jobs to the disk: %s", error)

    def _sync_files(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._disk.sync_file(path)
        if paths:
            self._disk.sync_folder(self._spool.folder)
