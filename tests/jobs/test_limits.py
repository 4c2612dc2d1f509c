"""Jobs and their pixels are bounded, and go when they may go."""

from pathlib import Path

import pytest

from sfumato.engines.arena import Layout
from sfumato.jobs.errors import (
    QueueFull,
    SpoolFull,
)
from sfumato.jobs.job import JobState
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from tests.support.engines import SIDE, small_layout
from tests.support.jobs import listed
from tests.support.submitting import FOREVER, MakeJobs, events_of, submit, until_gone


async def test_an_owner_has_only_so_many_waiting_jobs(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(queued_jobs=2))
    for _ in range(3):
        await submit(jobs, steps=FOREVER)
    with pytest.raises(QueueFull, match="2 of your edits"):
        await submit(jobs)
    assert (await submit(jobs, owner="bob")).state is JobState.QUEUED


async def test_old_results_make_way_for_new_pixels_and_running_ones_do_not(
    make_jobs: MakeJobs,
) -> None:
    layout, _ = small_layout()
    jobs = await make_jobs(limits=Limits(spool_bytes=2 * layout.size))
    old = await submit(jobs)
    await events_of(jobs, old)
    running = await submit(jobs, steps=FOREVER)
    await submit(jobs)
    assert not old.arena_kept and not Path(old.work.arena).exists()
    assert running.arena_kept and Path(running.work.arena).exists()
    with pytest.raises(SpoolFull, match="Try again"):
        await submit(jobs)


async def test_pixels_larger_than_the_whole_spool_displace_nothing(make_jobs: MakeJobs) -> None:
    layout, _ = small_layout()
    jobs = await make_jobs(limits=Limits(spool_bytes=2 * layout.size))
    old = await submit(jobs)
    await events_of(jobs, old)
    huge = Layout()
    huge.plane((SIDE * 100, SIDE * 100), "uint8")
    with pytest.raises(SpoolFull):
        await jobs.admission.create_arena(jobs.admission.new_id(), huge)
    assert old.arena_kept


async def test_kept_results_are_bounded_and_the_oldest_go_first(
    make_jobs: MakeJobs,
) -> None:
    layout, _ = small_layout()
    jobs = await make_jobs(limits=Limits(kept_bytes=2 * layout.size))
    ended = [await submit(jobs) for _ in range(4)]
    for job in ended:
        await events_of(jobs, job)
    await until_gone(ended[0], ended[1])
    assert [job.arena_kept for job in ended] == [False, False, True, True]
    assert await listed(jobs, "ann") == list(reversed(ended))


async def test_a_watched_result_is_kept_until_its_watcher_leaves(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(kept_bytes=0))
    watched, other = await submit(jobs), await submit(jobs)
    jobs.attendance.attached(watched)
    await events_of(jobs, watched)
    await events_of(jobs, other)
    await until_gone(other)
    assert watched.arena_kept
    jobs.attendance.disconnected(watched)
    await until_gone(watched)


async def test_old_jobs_are_forgotten_whole(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(kept_seconds=0.0))
    job = await submit(jobs, request_id="key")
    await events_of(jobs, job)
    await until_gone(job)
    assert await listed(jobs, "ann") == [] and await jobs.admission.admit("ann", "key", "d") is None


async def test_a_private_job_is_forgotten_once_it_is_delivered(jobs: Jobs) -> None:
    job = await submit(jobs, private=True)
    jobs.attendance.attached(job)
    await events_of(jobs, job)
    assert Path(job.work.arena).exists()
    jobs.attendance.delivered(job)
    jobs.attendance.disconnected(job)
    await until_gone(job)
    assert await listed(jobs, "ann") == []


async def test_an_owner_has_only_so_many_pixels_waiting(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(queued_pixels=2 * SIDE * SIDE))
    for _ in range(3):
        await submit(jobs, steps=FOREVER)
    with pytest.raises(QueueFull, match="megapixels"):
        await submit(jobs)
    assert (await submit(jobs, owner="bob")).state is JobState.QUEUED
