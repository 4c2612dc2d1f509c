"""The folder of arenas: every job's pixels in one file named after the job."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Collection, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from sfumato.engines.arena import Arena, Layout
from sfumato.jobs.errors import SpoolFull

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Spool:
    """Arenas in ``folder``, ``limit`` bytes of them at most.

    Clients vanish at any moment, and their calls are cancelled. A thread cannot be, so each runs in
    a task of its own: nothing stays half made or half removed.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._sizes: dict[str, int] = {}
        self._making: dict[str, asyncio.Task[Arena]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def used(self) -> int:
        """Bytes of all arenas."""
        return sum(self._sizes.values())

    @property
    def ids(self) -> Collection[str]:
        """The jobs that have an arena."""
        return self._sizes.keys()

    def path(self, job_id: str) -> Path:
        """Where a job's arena is."""
        return self.folder / f"{job_id}.arena"

    def size(self, job_id: str) -> int:
        """Bytes of a job's arena; 0 if it has none."""
        return self._sizes.get(job_id, 0)

    def open(self) -> None:
        """Make the folder, for this user alone, and see what an earlier daemon has left there."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._sizes = {path.stem: path.stat().st_size for path in self.folder.glob("*.arena")}

    def set_aside(self, target: Path) -> None:
        """Move all arenas into a new folder, if there are any: nobody knows whose they are."""
        if self._sizes:
            target.mkdir(mode=0o700)
        for job_id in self._sizes:
            self.path(job_id).rename(target / self.path(job_id).name)
        self._sizes.clear()

    async def remove_all_but(self, kept: Collection[str]) -> None:
        """Delete the arenas of jobs that are not among these."""
        for job_id in [job_id for job_id in self._sizes if job_id not in kept]:
            await self.remove(job_id)

    async def create(self, job_id: str, layout: Layout) -> Arena:
        """A new arena; ``SpoolFull`` if the limit or the disk does not allow it.

        Whoever is cancelled here removes the arena like any other that is not wanted.
        """
        if self.used + layout.size > self.limit:
            raise SpoolFull(
                f"This edit needs {_mb(layout.size)} for its pixels, and {_mb(self.used)} of the "
                f"daemon's {_mb(self.limit)} are in use. Try again when other edits are done."
            )
        # Counted before the file is there, as others come while the disk is busy.
        self._sizes[job_id] = layout.size
        making = self._spawn(asyncio.to_thread(Arena.create, self.path(job_id), layout))
        self._making[job_id] = making
        making.add_done_callback(lambda _: self._making.pop(job_id))
        try:
            return await asyncio.shield(making)
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
        if self._sizes.pop(job_id, None) is not None:
            await asyncio.shield(self._spawn(self._remove(job_id)))

    async def close(self) -> None:
        """Return when nothing is being made or removed any more."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _remove(self, job_id: str) -> None:
        making = self._making.get(job_id)
        if making is not None:
            await asyncio.wait([making])
            if making.exception() is None:
                making.result().close()
        try:
            await asyncio.to_thread(self.path(job_id).unlink, missing_ok=True)
        except OSError as error:
            # Windows keeps what somebody has mapped; the next start empties the folder.
            log.warning("cannot delete a job's pictures yet: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
