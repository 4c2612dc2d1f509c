"""What has ended lies in the journal, and is found there as if it were in memory."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from sfumato.jobs import schema
from sfumato.jobs.archive import JOURNAL_FILE, SPOOL_FOLDER, Archive
from sfumato.jobs.course import course_of
from sfumato.jobs.errors import UnknownJob
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.known import RECENT
from sfumato.jobs.retention import Limits
from tests.support.jobs import end, stored_job

MANY = 3 * RECENT


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    archive = Archive(tmp_path, Limits())
    await archive.open()
    yield archive
    await archive.close()


async def history_of(archive: Archive, owner: str = "ann") -> list[Job]:
    return [job async for job in archive.of(owner)]


async def test_a_long_history_takes_no_memory_and_nothing_is_missing_from_it(
    archive: Archive,
) -> None:
    ids = []
    for number in range(MANY):
        job = await stored_job(archive, title=f"edit {number}")
        end(archive, job)
        ids.append(job.id)
    del job
    gc.collect()
    in_memory = sum(isinstance(thing, Job) for thing in gc.get_objects())
    assert in_memory <= RECENT + 1

    assert [job.id for job in await history_of(archive)] == ids[::-1]
    oldest = await archive.get("ann", ids[0])
    assert (oldest.submission.title, oldest.state) == ("edit 0", JobState.CANCELLED)
    assert await archive.find("ann", oldest.submission.request_id) is oldest
    with pytest.raises(UnknownJob):
        await archive.get("bob", ids[1])


async def test_a_job_has_one_object_while_anybody_holds_it(archive: Archive) -> None:
    held = await stored_job(archive)
    end(archive, held)
    for _ in range(RECENT + 1):
        end(archive, await stored_job(archive))
    again = await asyncio.gather(*(archive.get("ann", held.id) for _ in range(3)))
    assert all(job is held for job in again)
    assert (await history_of(archive))[-1] is held


async def test_anothers_job_is_looked_for_exactly_like_one_that_never_was(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it takes no other time, by which a stranger could tell that there is one."""
    job, ended = await stored_job(archive), await stored_job(archive)
    end(archive, ended)
    look, asked = archive._journal.look, list[str]()

    def noted(statement: str, *values: object) -> asyncio.Future[list[tuple[Any, ...]]]:
        asked.append(statement)
        return look(statement, *values)

    monkeypatch.setattr(archive._journal, "look", noted)
    for job_id in ("0" * 32, job.id, ended.id):
        with pytest.raises(UnknownJob):
            await archive.get("bob", job_id)
    assert len(asked) == 3 and len(set(asked)) == 1
    assert await archive.get("ann", job.id) is job


async def test_what_is_looked_up_is_what_was_written(archive: Archive) -> None:
    job = await stored_job(archive, title="sky")
    end(archive, job, JobState.FAILED)
    job_id, submission, course = job.id, job.submission, course_of(job)
    archive._known.let_go(job_id)
    again = await archive.get("ann", job_id)
    assert again is not job
    assert (again.submission, course_of(again)) == (submission, course)


async def test_what_is_forgotten_does_not_come_back_with_a_look_up_under_way(
    archive: Archive,
) -> None:
    job = await stored_job(archive)
    end(archive, job)
    archive._known.let_go(job.id)
    looking = asyncio.ensure_future(archive.get("ann", job.id))
    await asyncio.sleep(0)
    await archive.forget([job.id])
    with suppress(UnknownJob):  # It may come too late.
        await looking
    with pytest.raises(UnknownJob):
        await archive.get("ann", job.id)
    assert await history_of(archive) == []


async def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "new", Limits())
    await archive.open()
    ended, waiting = await stored_job(archive, title="old"), await stored_job(archive)
    end(archive, ended)
    await archive.close()
    old = tmp_path / "old"
    old.mkdir()
    (tmp_path / "new" / SPOOL_FOLDER).rename(old / SPOOL_FOLDER)
    with closing(sqlite3.connect(tmp_path / "new" / JOURNAL_FILE)) as new:
        rows = new.execute(
            "SELECT id, owner, request_id, number, submission, course, round FROM jobs"
        ).fetchall()
    with closing(sqlite3.connect(old / JOURNAL_FILE)) as first:
        first.executescript(f"{schema.MIGRATIONS[0]} PRAGMA user_version = 1;")
        first.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        first.commit()

    again = Archive(old, Limits())
    await again.open()
    assert [job.id for job in again.unended()] == [waiting.id]
    assert [job.submission.title for job in await history_of(again)] == ["", "old"]
    assert await again.ended("ann") == [ended.id]
    await again.close()
    assert schema.version_of(old / JOURNAL_FILE) == len(schema.MIGRATIONS)
