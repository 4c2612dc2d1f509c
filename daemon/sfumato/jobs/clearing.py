"""Clearing up: ended jobs and their pictures go when the limits say so, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from sfumato.jobs.errors import NotWrittenDown
from sfumato.jobs.job import Job
from sfumato.jobs.retention import Limits

_SECONDS = 600.0
"""How long a job may be kept beyond its time when nothing else happens."""
_PAUSE = 0.02
"""So far apart it is looked, at least, however many jobs end meanwhile."""


class Shelves(Protocol):
    """What is cleared; see ``Archive``."""

    @property
    def bytes_of_ended(self) -> int:
        """The size of the pictures that are not in use."""

    async def due(self, now: datetime) -> list[str]:
        """The jobs of which nothing may be kept any more."""

    def pictured(self) -> AsyncIterator[Job]:
        """The jobs whose pictures may go, oldest first."""

    async def forget(self, job_ids: Iterable[str]) -> None:
        """Let go of jobs."""

    async def drop(self, job: Job) -> None:
        """Let go of a job's pictures."""


class Clearing:
    """Keeps shelves within their limits."""

    def __init__(self, shelves: Shelves, limits: Limits) -> None:
        self._shelves = shelves
        self._limits = limits
        self._wanted = asyncio.Event()

    def soon(self) -> None:
        """Look before long."""
        self._wanted.set()

    async def go_on(self) -> None:
        """Look whenever that is wanted, and now and then, for ever."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _SECONDS)
            self._wanted.clear()
            with suppress(NotWrittenDown):  # The next time, then.
                await self._look()
            await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        await self._shelves.forget(await self._shelves.due(datetime.now(UTC)))
        if self._shelves.bytes_of_ended <= self._limits.kept_bytes:
            return
        async for job in self._shelves.pictured():
            await self._shelves.drop(job)
            if self._shelves.bytes_of_ended <= self._limits.kept_bytes:
                return
