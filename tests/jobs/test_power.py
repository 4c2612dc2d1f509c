"""What a daemon makes of one before it that lost its power."""

import asyncio
import shutil
from pathlib import Path

from sfumato.engines.arena import Arena
from sfumato.jobs.disk import Disk
from sfumato.jobs.events import Done, Failed
from sfumato.jobs.job import JobState
from sfumato.jobs.jobs import Jobs
from tests.support.restarting import Start, colours
from tests.support.submitting import FOREVER, events_of, submit


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
