"""Who goes first, who waits, and what stands still."""

import asyncio
from contextlib import aclosing

import pytest

from sfumato.engines.patience import Patience
from sfumato.jobs.errors import (
    CannotMove,
    Draining,
    NotWaiting,
    UnknownJob,
)
from sfumato.jobs.events import Cancelled, Done, Progress, Queued
from sfumato.jobs.job import JobState, Priority
from sfumato.jobs.jobs import Jobs
from tests.support.engines import puppet
from tests.support.submitting import (
    FOREVER,
    MakeJobs,
    events_of,
    host_of,
    submit,
    until_state,
    until_step,
)


async def test_a_newer_live_edit_takes_the_place_of_the_older_one(jobs: Jobs) -> None:
    live = {"priority": Priority.LIVE, "client_id": "krita", "steps": FOREVER}
    running = await submit(jobs, **live)
    await until_step(jobs, running)
    waiting = await submit(jobs, **live)
    newest = await submit(jobs, **live)
    for job in (running, waiting):
        ending = (await events_of(jobs, job))[-1]
        assert isinstance(ending, Cancelled) and "newer live edit" in ending.message
    await until_step(jobs, newest)
    assert newest.state is JobState.RUNNING


async def test_live_edits_of_other_editors_and_owners_count_for_themselves(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(puppet(capacity=8))
    live = {"priority": Priority.LIVE, "steps": FOREVER}
    edits = [
        await submit(jobs, owner=owner, client_id=client, **live)
        for owner, client in (("ann", "krita"), ("ann", "gimp"), ("bob", "krita"))
    ]
    await submit(jobs, owner="bob", client_id="gimp", **live)
    assert {job.state for job in edits} == {JobState.RUNNING}


async def test_a_paused_job_lets_others_pass_and_goes_on_later(jobs: Jobs) -> None:
    blocking = await submit(jobs, steps=FOREVER)
    paused, other = await submit(jobs), await submit(jobs)
    assert (await jobs.hold("ann", paused.id, True)).state is JobState.PAUSED
    assert [p.state for p in jobs.snapshot("ann").places] == ["running", "queued", "paused"]
    await jobs.cancel("ann", blocking.id)
    assert isinstance((await events_of(jobs, other))[-1], Done)
    assert paused.state is JobState.PAUSED
    with pytest.raises(NotWaiting, match="has ended"):
        await jobs.hold("ann", other.id, True)
    await jobs.hold("ann", paused.id, False)
    assert isinstance((await events_of(jobs, paused))[-1], Done)


async def test_a_running_job_pauses_at_its_next_step_and_goes_on_from_there(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(puppet(options=(("step_seconds", "0.01"),)))
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job, 20)
    await jobs.hold("ann", job.id, True)
    await until_state(jobs, job, JobState.PAUSED)
    stood_at = job.step
    assert stood_at >= 20
    other = await submit(jobs)
    assert isinstance((await events_of(jobs, other))[-1], Done)
    assert job.step == stood_at
    await jobs.hold("ann", job.id, False)
    async with aclosing(jobs.events(job)) as events:
        async for event in events:
            if isinstance(event, Progress):
                assert event.step >= stood_at
                if event.step > stood_at:
                    break


async def test_a_pause_taken_back_before_the_next_step_leaves_the_job_running(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    await jobs.hold("ann", job.id, True)
    await jobs.hold("ann", job.id, False)
    stood_at = job.step
    await until_step(jobs, job, stood_at + 1000)
    assert job.state is JobState.RUNNING


@pytest.mark.parametrize("capacity", [1, 4])
async def test_a_batch_job_yields_to_an_interactive_one_and_goes_on_from_where_it_was(
    make_jobs: MakeJobs, capacity: int
) -> None:
    jobs = await make_jobs(puppet(capacity=capacity))
    batch = await submit(jobs, priority=Priority.BATCH, steps=FOREVER)
    await until_step(jobs, batch, 10)
    edit = await submit(jobs, owner="bob", steps=FOREVER)
    await until_step(jobs, edit, 1)
    await until_state(jobs, batch, JobState.QUEUED)
    stood_at = batch.step
    assert stood_at >= 10
    await jobs.cancel("bob", edit.id)
    await until_step(jobs, batch, stood_at + 1)


async def test_what_stands_still_can_be_cancelled_and_the_others_go_on(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(puppet(interruptible=False))
    held = await submit(jobs, steps=FOREVER)
    await until_step(jobs, held)
    await jobs.hold("ann", held.id, True)
    await until_state(jobs, held, JobState.PAUSED)
    other = await submit(jobs, "sleep:2", steps=FOREVER)  # A step that hears of no cancel.
    await until_step(jobs, other)
    host = host_of(jobs)
    assert (await jobs.cancel("ann", held.id)).state is JobState.CANCELLED
    await asyncio.sleep(3 * Patience().cancel)
    assert host.is_running() and other.state is JobState.RUNNING


async def test_a_job_that_stood_still_is_not_blamed_for_the_end_of_its_host(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    for _ in range(3):
        await until_step(jobs, job)
        await jobs.hold("ann", job.id, True)
        await until_state(jobs, job, JobState.PAUSED)
        host_of(jobs).kill()
        while job.step:
            await asyncio.sleep(0.01)
        await jobs.hold("ann", job.id, False)
    await until_step(jobs, job)
    assert (job.state, job.losses) == (JobState.RUNNING, 0)


async def test_watchers_of_a_paused_job_are_told_and_it_can_be_cancelled(jobs: Jobs) -> None:
    await submit(jobs, steps=FOREVER)
    job = await submit(jobs)
    watching = jobs.events(job)
    assert await anext(watching) == Queued(1, None)
    await jobs.hold("ann", job.id, True)
    assert await anext(watching) == Queued(0, None)
    await jobs.hold("ann", job.id, False)
    assert await anext(watching) == Queued(1, None)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED


async def test_owners_reorder_their_own_waiting_jobs_and_nobody_elses(jobs: Jobs) -> None:
    running = await submit(jobs, steps=FOREVER)
    first, second, third = [await submit(jobs) for _ in range(3)]
    batch = await submit(jobs, priority=Priority.BATCH)
    await jobs.move("ann", third.id, second.id)
    await jobs.move("ann", second.id, "")
    places = jobs.snapshot("ann").places
    assert [p.job_id for p in places] == [j.id for j in (running, second, first, third, batch)]
    assert await anext(jobs.events(second)) == Queued(1, None)
    with pytest.raises(UnknownJob):
        await jobs.move("bob", third.id, "")
    with pytest.raises(NotWaiting):
        await jobs.move("ann", third.id, running.id)
    with pytest.raises(CannotMove):
        await jobs.move("ann", batch.id, first.id)


async def test_a_paused_daemon_starts_nothing_and_a_draining_one_takes_nothing(
    jobs: Jobs,
) -> None:
    jobs.pause(True)
    job = await submit(jobs)
    jobs.drain(True)
    with pytest.raises(Draining, match="Try again later"):
        await submit(jobs)
    now = jobs.snapshot("ann")
    assert (now.paused, now.draining, job.state) == (True, True, JobState.QUEUED)
    jobs.pause(False)
    assert isinstance((await events_of(jobs, job))[-1], Done)
    jobs.drain(False)
    assert isinstance((await events_of(jobs, await submit(jobs)))[-1], Done)


async def test_an_admin_names_and_cancels_anybodys_job(jobs: Jobs) -> None:
    job = await submit(jobs, owner="ann", title="secret", steps=FOREVER)
    (place,) = jobs.snapshot("root", admin=True).places
    assert (place.job_id, place.title) == (job.id, "")
    await jobs.cancel("root", job.id, admin=True)
    assert isinstance(job.events.ending, Cancelled) and "admin" in job.events.ending.message


async def test_someone_with_one_edit_does_not_wait_for_anothers_twenty(jobs: Jobs) -> None:
    jobs.pause(True)
    hog = [await submit(jobs, owner="hog") for _ in range(20)]
    edit = await submit(jobs, owner="ann")
    jobs.pause(False)
    everybody = [edit, *hog]
    await asyncio.gather(*(events_of(jobs, job) for job in everybody))
    starts = sorted(job.started_at for job in everybody if job.started_at)
    assert len(starts) == len(everybody) and edit.started_at in starts[:5]
