"""The jobs layer with real engine hosts: nothing accepted is lost, and everything ends once."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfumato.engines.arena import Arena
from sfumato.engines.messages import VariationDone
from sfumato.engines.parameters import Parameters
from sfumato.jobs import known
from sfumato.jobs.errors import (
    DuplicateKey,
    InputsGone,
    UnknownJob,
)
from sfumato.jobs.events import Done, Failed, Queued, Started
from sfumato.jobs.job import JobState, Priority, Submission
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from tests.support.engines import puppet
from tests.support.jobs import listed
from tests.support.submitting import (
    FOREVER,
    MakeJobs,
    events_of,
    submit,
    until_gone,
)

# A job's life.


async def test_a_job_runs_and_its_result_lies_in_its_arena(jobs: Jobs) -> None:
    job = await submit(jobs, seed=5, variations=2, title="sky")
    events = await events_of(jobs, job)

    assert isinstance(events[0], Started)
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    assert isinstance(events[-1], Done) and events[-1].seed == 5
    assert events[-1].timings.engine > 0 and events[-1].timings.queue >= 0
    assert job.state is JobState.DONE and job.seeds == {0: 5, 1: 6}
    assert job.started_at and job.ended_at and job.created_at <= job.started_at <= job.ended_at
    with Arena.open(job.work.arena) as arena:
        assert arena.array(job.work.regions[0].colors[1]).min() == 6


async def test_what_a_process_took_to_start_is_expected_of_no_other_job(
    make_jobs: MakeJobs,
) -> None:
    seconds = 5.0
    jobs = await make_jobs(puppet(options=(("start_seconds", str(seconds)),)))
    job = await submit(jobs)
    await events_of(jobs, job)
    assert job.seconds_worked > seconds
    await submit(jobs, steps=FOREVER)
    expected = jobs._dispatcher.roll.rates.still(await submit(jobs))
    assert expected is not None and expected < seconds


async def test_waiting_jobs_are_told_their_place_and_run_in_order(jobs: Jobs) -> None:
    first = await submit(jobs, steps=FOREVER)
    others = [await submit(jobs) for _ in range(3)]
    assert [(await anext(jobs.events(job))) for job in others] == [
        Queued(1, None),
        Queued(2, None),
        Queued(3, None),
    ]
    await jobs.cancel("ann", first.id)
    await asyncio.gather(*(events_of(jobs, job) for job in others))
    starts = [job.started_at for job in others]
    assert starts == sorted(starts)  # type: ignore[type-var]


async def test_live_goes_before_interactive_and_batch_comes_last(jobs: Jobs) -> None:
    blocking = await submit(jobs, steps=FOREVER)
    batch = await submit(jobs, priority=Priority.BATCH)
    interactive = await submit(jobs)
    live = await submit(jobs, priority=Priority.LIVE)
    places = jobs.snapshot("ann").places
    assert [p.job_id for p in places] == [j.id for j in (blocking, live, interactive, batch)]


async def test_engines_do_not_wait_for_each_other(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(puppet("a"), puppet("b"))
    await submit(jobs, steps=FOREVER, engine="a")
    waiting = await submit(jobs, engine="a")
    other = await submit(jobs, engine="b")
    assert isinstance((await events_of(jobs, other))[-1], Done)
    assert waiting.state is JobState.QUEUED


async def test_a_host_gets_as_many_jobs_as_it_takes(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(puppet(capacity=2))
    running = [await submit(jobs, steps=FOREVER) for _ in range(3)]
    assert [job.state for job in running] == ["running", "running", "queued"]


async def test_refused_work_fails_with_the_engines_sentence(jobs: Jobs) -> None:
    job = await submit(jobs, "refuse")
    assert (await events_of(jobs, job))[-1] == Failed(
        "NOT_LIKED", "This engine does not like the picture.", refused=True
    )
    assert job.state is JobState.FAILED and job.failure


@pytest.fixture
def counting_alone() -> Iterator[None]:
    """Memory goes by the count of its references, and not when the collector comes by."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_an_ended_job_is_out_of_memory_as_soon_as_nobody_holds_it(
    counting_alone: None, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "RECENT", 0)
    jobs.pause(True)
    done, refused, cancelled = [await submit(jobs, prompt) for prompt in ("", "refuse", "")]
    await jobs.cancel("ann", cancelled.id)
    jobs.pause(False)
    await asyncio.gather(*(events_of(jobs, job) for job in (done, refused, cancelled)))
    await jobs.settled()
    ended = [weakref.ref(job) for job in (done, refused, cancelled)]
    del done, refused, cancelled
    async with asyncio.timeout(60):
        while any(job() for job in ended):
            await asyncio.sleep(0.01)


# Idempotency and ownership.


async def test_the_same_request_is_the_same_job(jobs: Jobs, tmp_path: Path) -> None:
    job = await submit(jobs, request_id="key", digest="one")
    again = await submit(jobs, request_id="key", digest="one")
    assert again is job
    await events_of(jobs, job)
    assert await submit(jobs, request_id="key", digest="one") is job
    assert await jobs.admission.admit("ann", "key", "one") is job
    assert [path.stem for path in (tmp_path / "spool").iterdir()] == [job.id]


async def test_another_request_under_the_same_key_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    job = await submit(jobs, request_id="key", digest="one")
    with pytest.raises(DuplicateKey):
        await submit(jobs, request_id="key", digest="two")
    assert [path.stem for path in (tmp_path / "spool").iterdir()] == [job.id]


async def test_two_owners_may_use_the_same_key(jobs: Jobs) -> None:
    mine = await submit(jobs, request_id="key", owner="ann")
    theirs = await submit(jobs, request_id="key", owner="bob")
    assert mine is not theirs


async def test_nobody_reaches_anothers_job(jobs: Jobs) -> None:
    job = await submit(jobs, owner="ann", title="secret", steps=FOREVER)
    with pytest.raises(UnknownJob):
        await jobs.get("bob", job.id)
    with pytest.raises(UnknownJob):
        await jobs.cancel("bob", job.id)
    with pytest.raises(UnknownJob):
        await jobs.admission.reuse_inputs(
            await jobs.get("bob", job.id), jobs.admission.new_id(), Parameters(), None
        )
    assert await listed(jobs, "bob") == [] and await listed(jobs, "ann") == [job]
    (place,) = jobs.snapshot("bob").places
    assert (place.job_id, place.title, place.mine) == ("", "", False)


# Inputs again.


async def test_a_job_can_be_made_of_an_earlier_ones_inputs(jobs: Jobs) -> None:
    source = await submit(jobs, seed=1)
    await events_of(jobs, source)
    wanted = Parameters(steps=2, seed=9, variations=2)
    work = await jobs.admission.reuse_inputs(source, jobs.admission.new_id(), wanted, "uint16")
    job = await jobs.submit(
        Submission(owner="ann", request_id="again", digest="d", engine="puppet", work=work)
    )
    assert isinstance((await events_of(jobs, job))[-1], Done)
    with Arena.open(work.arena) as arena:
        assert arena.array(work.regions[0].picture).min() == 77
        assert arena.array(work.regions[0].colors[1]).dtype == "uint16"
    with Arena.open(source.work.arena) as arena:
        assert arena.array(source.work.regions[0].colors[0]).min() == 1


async def test_inputs_that_are_gone_are_told_so_and_leave_nothing(
    make_jobs: MakeJobs, tmp_path: Path
) -> None:
    jobs = await make_jobs(limits=Limits(kept_bytes=0))
    source = await submit(jobs)
    await events_of(jobs, source)
    await until_gone(source)
    with pytest.raises(InputsGone, match="Send them again"):
        await jobs.admission.reuse_inputs(source, jobs.admission.new_id(), Parameters(), None)
    assert list((tmp_path / "spool").iterdir()) == []
