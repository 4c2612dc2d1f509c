"""Retention: bounded in bytes, days and number, and nothing goes while somebody watches it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfumato.jobs import history
from sfumato.jobs.archive import Archive
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.retention import Limits
from tests.support.engines import small_layout
from tests.support.jobs import end, stored_job

NOW = datetime(2030, 1, 1, tzinfo=UTC)
WEEK = Limits(kept_seconds=7 * 86400.0)
SIZE = small_layout()[0].size


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    archive = Archive(tmp_path, WEEK)
    await archive.open()
    yield archive
    await archive.close()


async def ended_job(archive: Archive, days: float = 0.0, private: bool = False) -> Job:
    job = await stored_job(archive, private=private)
    end(archive, job)
    job.ended_at = NOW - timedelta(days=days)
    archive.keep(job)
    return job


async def test_jobs_are_forgotten_after_their_days(archive: Archive) -> None:
    old, _ = await ended_job(archive, days=8), await ended_job(archive, days=6)
    assert await archive.due(NOW) == [old.id]


async def test_nothing_is_forgotten_while_it_is_watched(archive: Archive) -> None:
    old = await ended_job(archive, days=8)
    old.watchers = 1
    assert await archive.due(NOW) == []


async def test_nothing_is_forgotten_before_it_has_ended(archive: Archive) -> None:
    waiting = await stored_job(archive, private=True)
    waiting.delivered = True
    archive.keep(waiting)
    assert await archive.due(NOW + timedelta(days=100)) == []


async def test_private_jobs_go_once_delivered_or_cancelled(archive: Archive) -> None:
    waiting, delivered, cancelled = [await ended_job(archive, private=True) for _ in range(3)]
    waiting.state = delivered.state = JobState.FAILED
    delivered.delivered = True
    for job in (waiting, delivered):
        archive.keep(job)
    assert set(await archive.due(NOW)) == {delivered.id, cancelled.id}


async def test_only_so_many_jobs_are_remembered_at_all(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "RECORDS", 3)
    ended = [await ended_job(archive) for _ in range(5)]
    assert set(await archive.due(NOW)) == {ended[0].id, ended[1].id}


async def test_the_oldest_pictures_that_nobody_watches_go_until_the_rest_fits(
    tmp_path: Path,
) -> None:
    archive = Archive(tmp_path, Limits(kept_bytes=2 * SIZE))
    await archive.open()
    jobs = [await ended_job(archive) for _ in range(5)]
    jobs[0].watchers = 1
    waiting = await stored_job(archive)
    archive.sweep_soon()
    sweeping = asyncio.ensure_future(archive.keep_sweeping())
    async with asyncio.timeout(60):
        while archive.bytes_of_ended > 2 * SIZE:
            await asyncio.sleep(0.01)
    sweeping.cancel()
    assert [job.arena_kept for job in jobs] == [True, False, False, False, True]
    assert waiting.arena_kept
    await archive.close()


async def test_an_owner_forgets_what_ended_before_a_moment(archive: Archive) -> None:
    old, new = await ended_job(archive, days=2), await ended_job(archive, days=0.999)
    await stored_job(archive)
    assert await archive.ended("ann", NOW - timedelta(days=1)) == [old.id]
    assert set(await archive.ended("ann")) == {old.id, new.id}
    assert await archive.ended("bob") == []
