"""What a daemon makes of the one before it, which ended properly or was killed."""

import asyncio
from pathlib import Path

import pytest

from sfumato.engines.messages import Notice, VariationDone
from sfumato.jobs import attendance
from sfumato.jobs.errors import Draining, UnknownJob
from sfumato.jobs.events import Cancelled, Done, Failed, Queued
from sfumato.jobs.job import Job, JobState, OnDisconnect, Priority
from sfumato.jobs.retention import Limits
from tests.support.engines import puppet
from tests.support.jobs import listed
from tests.support.restarting import Start, colours, snapshot_of
from tests.support.submitting import FOREVER, events_of, submit, until_gone, until_step


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


async def test_finished_variations_are_kept_over_a_restart(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = tmp_path / "goes-on"
    monkeypatch.setenv("PUPPET_FLAG", str(goes_on))
    first = await start()
    job = await submit(first, "wait:3", seed=5, variations=2, steps=4)
    async for event in first.events(job):
        if isinstance(event, VariationDone):
            break
    await first.close()
    before = dict(job.digests)
    assert list(before) == [0]

    goes_on.touch()
    second = await start()
    again = await second.get("ann", job.id)
    events = await events_of(second, again)
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    assert colours(again) == [5, 6]  # The puppet adds: twice would be seen.
    assert again.digests[0] == before[0] and len(again.digests) == 2
    assert (job.inherited, again.inherited) == (frozenset(), {0})


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
    first = await start()
    first.pause(True)
    left = await submit(first, on_disconnect=OnDisconnect.CANCEL)
    found = await submit(first, on_disconnect=OnDisconnect.CANCEL)
    await first.close()

    restarted = attendance.Attendance.restarted

    def found_at_once(self: attendance.Attendance, job: Job) -> None:
        restarted(self, job)
        if job.id == found.id:
            self.attached(job)

    monkeypatch.setattr(attendance, "RESTART_GRACE", 0.05)
    monkeypatch.setattr(attendance.Attendance, "restarted", found_at_once)
    second = await start()
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


async def test_the_same_request_twice_at_once_is_one_job_written_down_once(start: Start) -> None:
    jobs = await start()
    both = await asyncio.gather(*(submit(jobs, request_id="key", digest="d") for _ in range(2)))
    assert both[0] is both[1]
    assert await anext(jobs.events(both[0])) != Queued(0, None)
