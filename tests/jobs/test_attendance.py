"""Jobs are watched by many, and go on or end without them, as they were told."""

import asyncio

import pytest

from sfumato.engines.messages import Notice, Preview, VariationDone
from sfumato.jobs import attendance
from sfumato.jobs.events import Cancelled, Done, Queued, Started
from sfumato.jobs.job import JobState, OnDisconnect
from sfumato.jobs.jobs import Jobs
from tests.support.submitting import (
    FOREVER,
    events_of,
    submit,
)

# Watching.


async def test_many_watch_one_job_and_one_can_come_after_its_end(jobs: Jobs) -> None:
    job = await submit(jobs, seed=5)
    watchers = [events_of(jobs, job) for _ in range(8)]
    for events in await asyncio.gather(*watchers):
        assert isinstance(events[0], Started) and isinstance(events[-1], Done)
    late = await events_of(jobs, job)
    assert [type(e) for e in late] == [Started, Notice, VariationDone, Done]
    assert not any(isinstance(e, Preview) for e in late)


async def test_the_queue_is_watched_as_it_changes(jobs: Jobs) -> None:
    watching = jobs.watch("ann")
    assert (await anext(watching)).places == ()
    job = await submit(jobs, steps=FOREVER, title="sky")
    async for now in watching:
        if now.places and now.places[0].step:
            break
    (place,) = now.places
    assert (place.job_id, place.title, place.position) == (job.id, "sky", 0)
    assert now.devices[0].running == 1
    await jobs.cancel("ann", job.id)
    async for now in watching:
        if not now.places:
            break


async def test_the_time_until_the_start_is_known_after_the_first_job_of_a_kind(
    jobs: Jobs,
) -> None:
    await events_of(jobs, await submit(jobs))
    blocking = await submit(jobs, "sleep:1")
    waiting = await submit(jobs)
    (running, next_one) = jobs.snapshot("ann").places
    assert running.eta is not None and next_one.eta is not None and next_one.eta >= running.eta
    event = await anext(jobs.events(waiting))
    assert isinstance(event, Queued) and event.eta is not None
    assert blocking.state is JobState.RUNNING


# Broken connections.


async def test_a_kept_job_goes_on_without_watchers(jobs: Jobs) -> None:
    job = await submit(jobs, steps=2000)
    jobs.attendance.attached(job)
    jobs.attendance.disconnected(job)
    assert isinstance((await events_of(jobs, job))[-1], Done)


async def test_a_job_that_nobody_takes_up_again_is_cancelled(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "DISCONNECT_GRACE", 0.05)
    job = await submit(jobs, steps=FOREVER, on_disconnect=OnDisconnect.CANCEL)
    jobs.attendance.attached(job)
    jobs.attendance.disconnected(job)
    assert isinstance((await events_of(jobs, job))[-1], Cancelled)


async def test_a_job_taken_up_again_in_time_goes_on(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "DISCONNECT_GRACE", 0.05)
    left = await submit(jobs, steps=FOREVER, on_disconnect=OnDisconnect.CANCEL)
    taken_up = await submit(jobs, on_disconnect=OnDisconnect.CANCEL)
    for job in (taken_up, left):
        jobs.attendance.attached(job)
        jobs.attendance.disconnected(job)
    jobs.attendance.attached(taken_up)
    assert isinstance((await events_of(jobs, left))[-1], Cancelled)
    assert isinstance((await events_of(jobs, taken_up))[-1], Done)


async def test_attaching_can_change_what_a_broken_connection_means(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "DISCONNECT_GRACE", 0.05)
    job = await submit(jobs, steps=FOREVER)
    jobs.attendance.attached(job, OnDisconnect.CANCEL)
    jobs.attendance.disconnected(job)
    assert isinstance((await events_of(jobs, job))[-1], Cancelled)
