"""Ended jobs as the journal has them: what is looked up there, and by what.

``number`` counts the jobs in the order in which they came.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sfumato.jobs.course import Row
from sfumato.jobs.journal import Journal
from sfumato.jobs.retention import RECORDS, Limits

_PAGE = 100
_ROW = "id, owner, request_id, number, submission, course, round"


class Pictured(NamedTuple):
    """An ended job with pictures."""

    number: int
    id: str


class History:
    """Look-ups in a journal, in the order in which they and its writes were asked for.

    All raise ``NotWrittenDown`` if the disk does not let itself be read.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def row(self, job_id: str) -> Row | None:
        """A job's row."""
        return await self._row("id = ?", job_id)

    async def row_of_owner(self, owner: str, job_id: str) -> Row | None:
        """A job's row, if it is the owner's."""
        return await self._row("id = ? AND owner = ?", job_id, owner)

    async def row_of_request(self, owner: str, request_id: str) -> Row | None:
        """The row of the job that the owner's request has made."""
        return await self._row("owner = ? AND request_id = ?", owner, request_id)

    async def page(self, owner: str, after: str = "") -> list[Row]:
        """The owner's next rows, newest first, ``after`` a job of the page before."""
        older = "AND number < (SELECT number FROM jobs WHERE id = ?)" if after else ""
        found = await self._journal.look(
            f"SELECT {_ROW} FROM jobs WHERE owner = ? {older} ORDER BY number DESC LIMIT {_PAGE}",  # noqa: S608 (no values)
            *((owner, after) if after else (owner,)),
        )
        return [Row(*row) for row in found]

    async def ended(self, owner: str, before: datetime | None = None) -> list[str]:
        """The owner's jobs that have ended, ``before`` then if given (UTC)."""
        earlier = "AND ended_at < julianday(?)" if before else "AND ended_at IS NOT NULL"
        found = await self._journal.look(
            f"SELECT id FROM jobs WHERE owner = ? {earlier}",  # noqa: S608 (no values)
            *((owner, before.isoformat()) if before else (owner,)),
        )
        return [job_id for (job_id,) in found]

    async def due(self, limits: Limits, now: datetime) -> list[str]:
        """The ended jobs of which nothing may be kept any more. ``now`` is UTC."""
        oldest = now - timedelta(seconds=limits.kept_seconds)
        found = await self._journal.look(
            "SELECT id FROM jobs WHERE ended_at <= julianday(?) "
            "UNION SELECT id FROM jobs WHERE seen AND ended_at IS NOT NULL "
            "UNION SELECT id FROM (SELECT id FROM jobs WHERE ended_at IS NOT NULL "
            "ORDER BY number DESC LIMIT -1 OFFSET ?)",
            oldest.isoformat(),
            RECORDS,
        )
        return [job_id for (job_id,) in found]

    async def with_pictures(self, after: int = -1) -> list[Pictured]:
        """The oldest ended jobs with pictures, of those ``after`` this number."""
        found = await self._journal.look(
            "SELECT number, id FROM jobs WHERE arena_kept AND ended_at IS NOT NULL "
            "AND number > ? ORDER BY number LIMIT ?",
            after,
            _PAGE,
        )
        return [Pictured(*row) for row in found]

    async def _row(self, condition: str, *values: object) -> Row | None:
        statement = f"SELECT {_ROW} FROM jobs WHERE {condition}"  # noqa: S608 (no values)
        found = await self._journal.look(statement, *values)
        return Row(*found[0]) if found else None
