"""What a daemon makes of the one before it, which ended properly, was killed, or lost its power."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sfumato.engines.arena import Arena
from sfumato.engines.messages import Notice, VariationDone
from sfumato.jobs import attendance
from sfumato.jobs.disk import Disk
from sfumato.jobs.errors import Draining, JournalUnusable, NotWrittenDown, UnknownJob
from sfumato.jobs.events import Cancelled, Done, Failed, Queued
from sfumato.jobs.job import Job, JobState, OnDisconnect, Priority
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from tests.support.engines import puppet
from tests.support.jobs import listed
from tests.support.submitting import FOREVER, events_of, submit, until_gone, until_step

Start = Callable[..., "asyncio.Future[Jobs]"]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts daemons, one after another, each on a folder of its own or the same."""
    started: list[Jobs] = []

    async def start(folder: Path = tmp_path / "state", **changes: object) -> Jobs:
        folder.mkdir(exist_ok=True)
        jobs = Jobs(changes.pop("specs", [puppet()]), folder, **changes)  # type: ignore[arg-type]
        await jobs.start()
        started.append(jobs)
        return jobs

    yield start
    for jobs in started:
        await jobs.close()


def snapshot_of(folder: Path, copy: Path) -> Path:
    """The folder as a daemon killed at this moment leaves it: what it wrote, the system has."""
    return shutil.copytree(folder, copy)


def colours(job: Job) -> list[int]:
    """What the puppet has painted: its seed, once if all is well."""
    with Arena.open(job.work.arena) as arena:
        return [int(arena.array(colour).max()) for colour in job.work.regions[0].colors]


# Restarts.


async def test_waiting_and_running_jobs_go_on_after_a_restart(start: Start) -> None:
    first = await start()
    running = await submit(first, steps=FOREVER)
    waiting = await submit(first, seed=7, title="sky")
    paused = await submit(first)
    await first.hold("ann", paused.id, True)
    await until_step(first, running)
    await first.close()

    second = await start()
    again = [await second.get("ann", job.id) for job in (running, waiting, paused)]
    assert [job.state for job in again] == ["running", "queued", "paused"]
    assert again[1].submission == waiting.submission
    await second.cancel("ann", running.id)
    events = await events_of(second, again[1])
    assert [e.code for e in events if isinstance(e, Notice)][:1] == ["DAEMON_RESTARTED"]
    assert isinstance(events[-1], Done) and colours(again[1]) == [7]
    await second.hold("ann", paused.id, False)
    assert isinstance((await events_of(second, again[2]))[-1], Done)


async def test_a_killed_daemon_loses_nothing_that_was_accepted(
    start: Start, tmp_path: Path
) -> None:
    first = await start()
    done = await submit(first, seed=5, request_id="one")
    await events_of(first, done)
    running = await submit(first, steps=FOREVER, request_id="two")
    waiting = await submit(first, seed=9, request_id="three")
    await until_step(first, running)
    copy = snapshot_of(tmp_path / "state", tmp_path / "copy")

    second = await start(copy)
    assert [job.id for job in await listed(second, "ann")] == [waiting.id, running.id, done.id]
    late = await events_of(second, await second.get("ann", done.id))
    assert late == await events_of(first, done)
    assert colours(await second.get("ann", done.id)) == [5]
    assert (await second.of_request("ann", "three")).id == waiting.id
    assert await second.admission.admit("ann", "two", "d") is await second.get("ann", running.id)
    await second.cancel("ann", running.id)
    assert isinstance((await events_of(second, await second.get("ann", waiting.id)))[-1], Done)


async def test_finished_variations_are_kept_over_a_restart(start: Start) -> None:
    first = await start()
    job = await submit(first, seed=5, variations=2, steps=1000)
    async for event in first.events(job):
        if isinstance(event, VariationDone):
            break
    await first.close()
    before = dict(job.digests)
    assert list(before) == [0]

    second = await start()
    again = await second.get("ann", job.id)
    events = await events_of(second, again)
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    assert colours(again) == [5, 6]  # The puppet adds: twice would be seen.
    assert again.digests[0] == before[0] and len(again.digests) == 2


async def test_order_classes_and_settings_are_kept_over_a_restart(start: Start) -> None:
    first = await start()
    first.pause(True)
    batch = await submit(first, priority=Priority.BATCH)
    one, two = await submit(first), await submit(first)
    await first.move("ann", two.id, one.id)
    first.drain(True)
    await first.close()

    second = await start()
    assert (second.paused, second.draining) == (True, True)
    with pytest.raises(Draining):
        await submit(second)
    places = second.snapshot("ann").places
    assert [place.job_id for place in places] == [two.id, one.id, batch.id]
    second.drain(False)
    newest = await submit(second)
    assert second.snapshot("ann").places[2].job_id == newest.id


async def test_a_job_that_is_not_to_go_on_without_its_client_gets_time_to_be_found(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "RESTART_GRACE", 0.3)
    first = await start()
    first.pause(True)
    left = await submit(first, on_disconnect=OnDisconnect.CANCEL)
    found = await submit(first, on_disconnect=OnDisconnect.CANCEL)
    await first.close()
    second = await start()
    second.attendance.attached(await second.get("ann", found.id))
    assert isinstance((await events_of(second, await second.get("ann", left.id)))[-1], Cancelled)
    assert (await second.get("ann", found.id)).state is JobState.QUEUED


async def test_a_job_whose_engine_is_gone_says_so(start: Start) -> None:
    first = await start(specs=[puppet(), puppet("other")])
    first.pause(True)
    job = await submit(first, engine="other")
    await first.close()
    second = await start()
    ending = (await events_of(second, await second.get("ann", job.id)))[-1]
    assert isinstance(ending, Failed) and ending.code == "ENGINE_GONE"


async def test_what_was_forgotten_stays_forgotten_and_leaves_no_trace(
    start: Start, tmp_path: Path
) -> None:
    first = await start()
    job = await submit(first, "a very private prompt", steps=2)
    await events_of(first, job)
    await first.forget("ann", job.id)
    for file in (tmp_path / "state").rglob("*"):
        assert file.is_dir() or b"very private" not in file.read_bytes(), file
    copy = snapshot_of(tmp_path / "state", tmp_path / "copy")
    second = await start(copy)
    with pytest.raises(UnknownJob):
        await second.get("ann", job.id)


async def test_a_private_job_leaves_nothing_once_it_is_delivered(
    start: Start, tmp_path: Path
) -> None:
    jobs = await start()
    job = await submit(jobs, "a very private prompt", private=True)
    jobs.attendance.attached(job)
    await events_of(jobs, job)
    jobs.attendance.delivered(job)
    jobs.attendance.disconnected(job)
    await until_gone(job)
    await jobs.close()
    for file in (tmp_path / "state").rglob("*"):
        assert file.is_dir() or b"very private" not in file.read_bytes(), file


async def test_pixels_that_belong_to_no_job_are_removed_at_the_start(
    start: Start, tmp_path: Path
) -> None:
    spool = tmp_path / "state" / "spool"
    spool.mkdir(parents=True)
    (spool / "unfinished-upload.arena").write_bytes(b"pixels")
    await start()
    assert list(spool.iterdir()) == []
    assert spool.stat().st_mode & 0o777 == 0o700


async def test_dropped_pictures_are_history_and_are_not_missed(start: Start) -> None:
    first = await start(limits=Limits(kept_bytes=0))
    job = await submit(first)
    await events_of(first, job)
    await until_gone(job)
    await first.close()
    second = await start()
    again = await second.get("ann", job.id)
    assert again.state is JobState.DONE and not again.arena_kept and again.seeds == {0: 0}


# Power cuts.


class Cable(Disk):
    """A disk whose power can be cut: only what was synced is on its platters.

    A file's synced bytes are copied here; its name is there once its folder was synced, too.
    """

    def __init__(self) -> None:
        self.files: dict[Path, bytes] = {}
        self.named: set[Path] = set()

    def sync_file(self, path: Path) -> None:
        """Bring a file to the platters."""
        super().sync_file(path)
        if path.exists():
            self.files[path] = path.read_bytes()

    def sync_folder(self, path: Path) -> None:
        """Bring names to the platters."""
        super().sync_folder(path)
        self.named |= set(path.iterdir())

    def cut(self, state: Path, remains: Path) -> Path:
        """The state directory after a power cut now, with a journal that is as new as it can be.

        SQLite promises the rows up to its last sync; the system may have written later ones, too,
        which is the harder case: they tell of pixels that are not there.
        """
        (remains / "spool").mkdir(parents=True)
        for path, content in self.files.items():
            if path in self.named and path.exists():
                (remains / "spool" / path.name).write_bytes(content)
        for journal in state.glob("journal.db*"):
            shutil.copy(journal, remains / journal.name)
        return remains


async def synced(jobs: Jobs) -> None:
    await jobs._archive._syncing.now()


async def test_a_power_cut_loses_nothing_that_was_synced(start: Start, tmp_path: Path) -> None:
    cable = Cable()
    first = await start(disk=cable)
    first.pause(True)
    waiting = await submit(first, seed=3)
    await synced(first)
    remains = cable.cut(tmp_path / "state", tmp_path / "remains")

    second = await start(remains)
    second.pause(False)
    again = await second.get("ann", waiting.id)
    assert isinstance((await events_of(second, again))[-1], Done)
    with Arena.open(again.work.arena) as arena:
        assert arena.array(again.work.regions[0].picture).min() == 77


async def test_everything_accepted_is_synced_within_a_second_without_being_asked(
    start: Start, tmp_path: Path
) -> None:
    cable = Cable()
    first = await start(disk=cable)
    job = await submit(first, steps=FOREVER)
    async with asyncio.timeout(60):
        while first._archive.path(job.id) not in cable.named or first._archive._journal.dirty:
            await asyncio.sleep(0.01)
    second = await start(cable.cut(tmp_path / "state", tmp_path / "remains"))
    assert (await second.get("ann", job.id)).state is JobState.RUNNING


async def test_inputs_that_did_not_reach_the_disk_are_not_worked_on(
    start: Start, tmp_path: Path
) -> None:
    cable = Cable()
    first = await start(disk=cable)
    first.pause(True)
    missing, torn = await submit(first), await submit(first)
    cable.files[first._archive.path(torn.id)] = bytes(first._archive.path(torn.id).stat().st_size)
    cable.named.add(first._archive.path(torn.id))
    second = await start(cable.cut(tmp_path / "state", tmp_path / "remains"))
    for job in (missing, torn):
        ending = (await events_of(second, await second.get("ann", job.id)))[-1]
        assert isinstance(ending, Failed) and ending.code == "PICTURES_LOST"
        assert "Send it again" in ending.message
    assert list((tmp_path / "remains" / "spool").iterdir()) == []


async def test_a_result_that_did_not_reach_the_disk_is_made_again(
    start: Start, tmp_path: Path
) -> None:
    cable = Cable()
    first = await start(disk=cable)
    first.pause(True)
    job = await submit(first, seed=5, variations=2)
    await synced(first)  # The inputs are there, the results will not be.
    first.pause(False)
    before = await events_of(first, job)
    second = await start(cable.cut(tmp_path / "state", tmp_path / "remains"))
    again = await second.get("ann", job.id)
    after = await events_of(second, again)
    assert isinstance(after[-1], Done) and isinstance(before[-1], Done)
    assert after[-1].resolved == before[-1].resolved
    assert again.digests == job.digests and colours(again) == [5, 6]


async def test_a_journal_cut_in_the_middle_of_a_write_is_whole_up_to_its_last_sync(
    start: Start, tmp_path: Path
) -> None:
    cable = Cable()
    first = await start(disk=cable)
    first.pause(True)
    kept = await submit(first)
    await synced(first)
    log = tmp_path / "state" / "journal.db-wal"
    whole = log.stat().st_size
    await submit(first)
    await first.settled()
    size = log.stat().st_size
    assert size > whole
    for cut, length in enumerate((whole, whole + 100, (whole + size) // 2, size - 1)):
        remains = cable.cut(tmp_path / "state", tmp_path / f"remains-{cut}")
        with (remains / "journal.db-wal").open("r+b") as file:
            file.truncate(length)
        second = await start(remains)
        assert (await second.get("ann", kept.id)).state is JobState.QUEUED
        assert second.notices() == []


# Journals that are no use, and disks that are full.


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


async def test_the_same_request_twice_at_once_is_one_job_written_down_once(start: Start) -> None:
    jobs = await start()
    both = await asyncio.gather(*(submit(jobs, request_id="key", digest="d") for _ in range(2)))
    assert both[0] is both[1]
    assert await anext(jobs.events(both[0])) != Queued(0, None)
