"""The journal: every job on disk, written by one thread and many at a time.

What is written is asked for in the event loop, which never waits for the disk, and committed in the
order in which it was asked for. A commit outlives this process at once and a power cut after the
next ``sync``: commits alone do not wait for the disk (``synchronous=NORMAL`` in WAL mode), a sync
is a commit that does, and with it all before it (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import closing, suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from sfumato.jobs import schema
from sfumato.jobs.course import Course, Row, course_of, courses, submissions
from sfumato.jobs.errands import Look, Write, fail, give
from sfumato.jobs.errors import ShuttingDown
from sfumato.jobs.job import Job

log = logging.getLogger(__name__)

_MOST = 500
"""Writes in one transaction."""
_RETRY_SECONDS = 1.0
"""What could not be written is tried again so often."""

_INSERT = """INSERT INTO jobs (id, owner, request_id, number, submission, course, round)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_UPDATE = "UPDATE jobs SET course = ?, round = ? WHERE id = ?"
_DELETE = "DELETE FROM jobs WHERE id = ?"
_SET = "INSERT OR REPLACE INTO settings VALUES (?, ?)"
_ROW = "SELECT id, owner, request_id, number, submission, course, round FROM jobs WHERE id = ?"
_WITH_ARENA = "SELECT id FROM jobs WHERE arena_kept IS NOT 0"
_UNSETTLED = "SELECT id FROM jobs WHERE ended_at IS NULL OR round > ?"
_SYNCED = "synced"
_MENDED = "the journal can be written to again"


class Contents(NamedTuple):
    """What was found at the start: settings, the last round synced, and rows in order of arrival.

    The ``rows`` are those that may need something done: jobs that have not ended, were not synced,
    or whose arena is not there. ``arenas`` are the ids of all jobs that are to have one.
    ``damaged`` is where a journal that could not be read was put.
    """

    rows: list[Row]
    arenas: frozenset[str]
    settings: dict[str, str]
    synced: int
    damaged: Path | None


class Journal:
    """The journal at ``path``. All methods but ``open`` belong to the event loop.

    Futures fail with ``NotWrittenDown`` when the disk refuses; what was asked for is then tried
    again until it succeeds, and ``trouble`` is a sentence about that in the meantime.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        self._numbers = 0
        self._round = 0
        self._dirty = False
        self._queue: queue.SimpleQueue[Write | Look | None] = queue.SimpleQueue()
        self._backlog: dict[tuple[str, str], Write] = {}
        self._thread: threading.Thread | None = None

    @property
    def dirty(self) -> bool:
        """Whether anything was asked for since the last sync."""
        return self._dirty

    def open(self, arenas: Collection[str]) -> Contents:
        """Open the file and read it, given which arenas there are. Blocks; ``JournalUnusable``."""
        self._connection, damaged = schema.opened(self.path)
        execute = self._connection.execute
        settings: dict[str, str] = dict(execute("SELECT * FROM settings"))
        synced = int(settings.pop(_SYNCED, "0"))
        ((last, newest),) = execute("SELECT max(number), max(round) FROM jobs")
        self._numbers = 0 if last is None else last + 1
        self._round = max(synced, newest or 0) + 1
        kept = frozenset(job_id for (job_id,) in execute(_WITH_ARENA))
        wanted = {job_id for (job_id,) in execute(_UNSETTLED, (synced,))} | (kept - {*arenas})
        rows = [Row(*row) for job_id in wanted for row in execute(_ROW, (job_id,))]
        rows.sort(key=attrgetter("number"))
        return Contents(rows, kept, settings, synced, damaged)

    def start(self) -> None:
        """Take writes from now on."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write_on, name="journal", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what was asked for, and close the file."""
        thread, self._thread = self._thread, None  # Who looks from now on is told so.
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    # What is asked for.

    def add(self, job: Job) -> asyncio.Future[None]:
        """Write a new job down."""
        number, self._numbers = self._numbers, self._numbers + 1
        submission, course, current = job.submission, course_of(job), self._round

        def values() -> tuple[object, ...]:
            said = submissions().dump_json(submission).decode()
            row = Row(
                job.id, job.owner, submission.request_id, number, said, _dump(course), current
            )
            return tuple(row)

        return self._ask(("add", job.id), _INSERT, values)

    def update(self, job: Job) -> asyncio.Future[None]:
        """Write down what has become of a job that was added before."""
        course, current = course_of(job), self._round
        return self._ask(("update", job.id), _UPDATE, lambda: (_dump(course), current, job.id))

    def remove(self, job_ids: Iterable[str]) -> asyncio.Future[None]:
        """Delete jobs, and what the file still holds of them; they are gone after a power cut."""
        written = self.settled()
        for job_id in job_ids:
            gone = partial(tuple[object, ...], [job_id])
            written = self._ask(("remove", job_id), _DELETE, gone, sync=True, scrub=True)
        return written

    def set(self, key: str, value: str) -> asyncio.Future[None]:
        """Remember a setting of the daemon."""
        return self._ask(("set", key), _SET, lambda: (key, value))

    def sync(self) -> asyncio.Future[None]:
        """Bring to the disk all that was asked for before the last ``next_round``, and say so."""
        last = str(self._round - 1)
        return self._ask(("set", _SYNCED), _SET, lambda: (_SYNCED, last), sync=True)

    def next_round(self) -> None:
        """What is asked for from now on belongs to the next sync."""
        self._round += 1
        self._dirty = False

    def settled(self) -> asyncio.Future[None]:
        """All that was asked for until now is written."""
        return self._ask(("settled", ""), "", tuple)

    def look(self, statement: str, *values: object) -> asyncio.Future[list[tuple[Any, ...]]]:
        """The rows of a query, with all that was asked for before it.

        ``NotWrittenDown`` if the disk refuses, ``ShuttingDown`` once the journal is closed.
        """
        found: asyncio.Future[list[tuple[Any, ...]]] = self._loop.create_future()
        if self._thread is None:
            found.set_exception(ShuttingDown("The daemon is shutting down. Try again in a moment."))
        else:
            self._queue.put(Look(statement, values, found))
        return found

    def _ask(
        self,
        key: tuple[str, str],
        statement: str,
        values: Callable[[], tuple[object, ...]],
        sync: bool = False,
        scrub: bool = False,
    ) -> asyncio.Future[None]:
        done = self._loop.create_future()
        self._dirty = self._dirty or bool(statement and not sync)
        self._queue.put(Write(key, statement, values, done, sync, scrub))
        return done

    # The journal's own thread.

    def _write_on(self) -> None:
        with closing(self._connection):
            ending = False
            while not ending:
                batch, ending = self._take()
                writes = [each for each in batch if isinstance(each, Write)]
                if writes or self._backlog:
                    self._commit(writes)
                for each in batch:
                    if isinstance(each, Look):
                        self._read(each)
            if self._backlog:
                log.error("%d changes could not be written to the journal", len(self._backlog))

    def _take(self) -> tuple[list[Write | Look], bool]:
        """What waits to be done; nothing when older writes are to be tried again."""
        batch: list[Write | Look] = []
        while len(batch) < _MOST:
            try:
                # Waits for the first alone; what has come meanwhile shares its commit.
                each = self._queue.get(not batch, _RETRY_SECONDS if self._backlog else None)
            except queue.Empty:
                break
            if each is None:
                return batch, True
            batch.append(each)
        return batch, False

    def _read(self, look: Look) -> None:
        try:
            rows = self._connection.execute(look.statement, look.values).fetchall()
        except sqlite3.Error as error:
            self._in_loop(fail, look.found, f"The journal {self.path} cannot be read ({error}).")
        else:
            self._in_loop(give, look.found, rows)

    def _commit(self, batch: list[Write]) -> None:
        trouble = ""
        try:
            self._execute([*self._backlog.values(), *batch])
            self._backlog.clear()
        except sqlite3.Error as error:
            trouble = _sentence(self.path, error)
            if self._connection.in_transaction:
                self._connection.rollback()
            # The newest of equal writes is enough.
            self._backlog.update((write.key, write) for write in batch if write.statement)
        self._in_loop(self._tell, batch, trouble)

    def _execute(self, writes: list[Write]) -> None:
        """Write all in one transaction; ``sqlite3.Error`` and nothing is written."""
        sync = any(write.sync for write in writes)
        if sync:
            self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("BEGIN IMMEDIATE")
        for write in writes:
            if write.statement:
                self._connection.execute(write.statement, write.values())
        self._connection.commit()
        if sync:
            self._connection.execute("PRAGMA synchronous = NORMAL")
        if any(write.scrub for write in writes):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # After the loop's end there is nobody to tell.
            self._loop.call_soon_threadsafe(call, *arguments)

    # In the event loop again.

    def _tell(self, batch: list[Write], trouble: str) -> None:
        if trouble != self.trouble:
            log.log(*((logging.ERROR, trouble) if trouble else (logging.INFO, _MENDED)))
        self.trouble = trouble
        self._dirty = self._dirty or bool(trouble)
        for write in batch:
            if trouble:
                fail(write.done, trouble)
            else:
                give(write.done, None)


def _dump(course: Course) -> str:
    return courses().dump_json(course).decode()


def _sentence(path: Path, error: sqlite3.Error) -> str:
    full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
    reason = "its disk is full" if full else str(error)
    return (
        f"The journal {path.name} in {path.parent} cannot be written to ({reason}). New edits are "
        "refused until it can; those that the daemon has go on, but would be lost with it."
    )
