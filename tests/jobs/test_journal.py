"""Journals that are no use, and disks that are full."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sfumato.jobs.errors import JournalUnusable, NotWrittenDown
from sfumato.jobs.events import Done
from sfumato.jobs.job import JobState
from tests.support.jobs import listed
from tests.support.restarting import Start, snapshot_of
from tests.support.submitting import events_of, submit, until_step


async def test_a_damaged_journal_is_set_aside_with_its_pictures_and_never_deleted(
    start: Start, tmp_path: Path
) -> None:
    first = await start()
    job = await submit(first)
    await events_of(first, job)
    await first.close()
    journal = tmp_path / "state" / "journal.db"
    damaged = b"no journal at all" * 1000
    journal.write_bytes(damaged)

    second = await start()
    [notice] = second.notices()
    assert notice.code == "JOURNAL_DAMAGED" and "set aside" in notice.message
    assert await listed(second, "ann") == []
    [aside] = (tmp_path / "state").glob("journal.damaged-*.db")
    assert aside.read_bytes() == damaged and str(aside) in notice.message
    assert [path.stem for path in aside.with_suffix("").iterdir()] == [job.id]
    assert isinstance((await events_of(second, await submit(second)))[-1], Done)


async def test_a_page_that_is_damaged_is_noticed_at_the_start(start: Start, tmp_path: Path) -> None:
    first = await start()
    for _ in range(20):
        await events_of(first, await submit(first, "x" * 3000))
    await first.close()
    journal = tmp_path / "state" / "journal.db"
    content = bytearray(journal.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = b"\xff" * 4096
    journal.write_bytes(content)
    second = await start()
    assert [notice.code for notice in second.notices()] == ["JOURNAL_DAMAGED"]


async def test_a_newer_journal_is_refused_and_left_as_it_is(start: Start, tmp_path: Path) -> None:
    first = await start()
    await first.close()
    journal = tmp_path / "state" / "journal.db"
    with sqlite3.connect(journal) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = journal.read_bytes()
    with pytest.raises(JournalUnusable, match=r"newer Sfumato .*Update"):
        await start()
    assert journal.read_bytes() == before


async def test_a_row_that_cannot_be_read_costs_no_other_and_keeps_its_pictures(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = await start()
    bad, good = await submit(first), await submit(first)
    await events_of(first, good)
    await first.close()
    with sqlite3.connect(tmp_path / "state" / "journal.db") as connection:
        connection.execute("UPDATE jobs SET course = '{}' WHERE id = ?", (bad.id,))
    connection.close()
    second = await start()
    assert [job.id for job in await listed(second, "ann")] == [good.id]
    assert bad.id in caplog.text and Path(bad.work.arena).exists()


class Full:
    """A connection to a journal whose disk can fill up."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.full = True

    def execute(self, statement: str, *values: object) -> object:
        """Refuse what needs room."""
        if self.full and statement.startswith(("INSERT", "UPDATE")):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


async def test_a_full_disk_refuses_new_edits_says_so_and_loses_nothing_of_the_others(
    start: Start, tmp_path: Path
) -> None:
    jobs = await start()
    running = await submit(jobs, steps=1000, seed=4)
    await until_step(jobs, running)
    journal = jobs._archive._journal
    disk = Full(journal._connection)
    journal._connection = disk  # type: ignore[assignment]
    with pytest.raises(NotWrittenDown, match="disk is full"):
        await submit(jobs, request_id="refused")
    assert [notice.code for notice in jobs.notices()] == ["JOURNAL_NOT_WRITABLE"]
    assert await listed(jobs, "ann") == [running]
    assert [path.stem for path in (tmp_path / "state" / "spool").iterdir()] == [running.id]
    events = await events_of(jobs, running)
    assert isinstance(events[-1], Done)

    disk.full = False
    async with asyncio.timeout(60):
        while jobs.notices():
            await asyncio.sleep(0.05)
    copy = snapshot_of(tmp_path / "state", tmp_path / "copy")
    second = await start(copy)
    [again] = await listed(second, "ann")
    assert (again.id, again.state) == (running.id, JobState.DONE)
    assert isinstance((await events_of(jobs, await submit(jobs, request_id="refused")))[-1], Done)
