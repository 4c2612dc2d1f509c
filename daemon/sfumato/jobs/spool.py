"""The folder of arenas: every job's pixels in one file named after the job."""

from __future__ import annotations

import asyncio
import errno
import logging
from pathlib import Path

from sfumato.engines.arena import Arena, Layout
from sfumato.jobs.errors import SpoolFull

log = logging.getLogger(__name__)

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Spool:
    """Arenas in ``folder``, ``limit`` bytes of them at most."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._sizes: dict[str, int] = {}

    @property
    def used(self) -> int:
        """Bytes of all arenas."""
        return sum(self._sizes.values())

    def path(self, job_id: str) -> Path:
        """Where a job's arena is."""
        return self.folder / f"{job_id}.arena"

    def size(self, job_id: str) -> int:
        """Bytes of a job's arena; 0 if it has none."""
        return self._sizes.get(job_id, 0)

    def open(self) -> None:
        """Make the folder, for this user alone, and empty it: no job outlives its daemon yet."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for left in self.folder.glob("*.arena"):
            left.unlink()

    async def create(self, job_id: str, layout: Layout) -> Arena:
        """A new arena; ``SpoolFull`` if the limit or the disk does not allow it."""
        if self.used + layout.size > self.limit:
            raise SpoolFull(
                f"This edit needs {_mb(layout.size)} for its pixels, and {_mb(self.used)} of the "
                f"daemon's {_mb(self.limit)} are in use. Try again when other edits are done."
            )
        # Counted before the file is there, as others come while the disk is busy.
        self._sizes[job_id] = layout.size
        try:
            return await asyncio.to_thread(Arena.create, self.path(job_id), layout)
        except OSError as error:
            del self._sizes[job_id]
            if error.errno not in _NO_SPACE:
                raise
            raise SpoolFull(
                f"The disk with {self.folder} has no room for the {_mb(layout.size)} of this "
                "edit. Free some space on it and try again."
            ) from error

    async def remove(self, job_id: str) -> None:
        """Delete a job's arena, if there is one."""
        if self._sizes.pop(job_id, None) is None:
            return
        try:
            await asyncio.to_thread(self.path(job_id).unlink, missing_ok=True)
        except OSError as error:
            # Windows keeps what somebody has mapped; the next start empties the folder.
            log.warning("cannot delete a job's pictures yet: %s", error)

    async def clear(self) -> None:
        """Delete all arenas."""
        for job_id in list(self._sizes):
            await self.remove(job_id)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
