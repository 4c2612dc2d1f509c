"""The jobs layer with real engine hosts: nothing accepted is lost, and everything ends once."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Notice, Preview, VariationDone, Work
from sfumato.engines.parameters import Parameters
from sfumato.engines.patience import Patience
from sfumato.jobs import attendance
from sfumato.jobs.errors import (
    CannotMove,
    Draining,
    DuplicateKey,
    InputsGone,
    NotWaiting,
    QueueFull,
    ShuttingDown,
    SpoolFull,
    UnknownJob,
)
from sfumato.jobs.events import Cancelled, Done, Failed, JobEvent, Progress, Queued, Started
from sfumato.jobs.job import Job, JobState, OnDisconnect, Priority, Submission
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, puppet, small_layout
from tests.support.jobs import listed

MakeJobs = Callable[..., "asyncio.Future[Jobs]"]

FOREVER = 10**7


@pytest.fixture
async def make_jobs(tmp_path: Path) -> AsyncIterator[MakeJobs]:
    made: list[Jobs] = []

    async def make(
        *specs: EngineSpec, limits: Limits | None = None, patience: Patience | None = None
    ) -> Jobs:
        jobs = Jobs(specs or [puppet()], tmp_path, limits, patience)
        await jobs.start()
        made.append(jobs)
        return jobs

    yield make
    for jobs in made:
        await jobs.close()


@pytest.fixture
async def jobs(make_jobs: MakeJobs) -> Jobs:
    return await make_jobs()


async def new_work(jobs: Jobs, prompt: str = "", **parameters: object) -> Work:
    wanted = Parameters(prompt=prompt, **{"steps": 3, **parameters})  # type: ignore[arg-type]
    layout, region = small_layout(wanted.variations)
    job_id = jobs.admission.new_id()
    with await jobs.admission.create_arena(job_id, layout) as arena:
        arena.array(region.picture)[:] = 77
    return Work(job_id, str(arena.path), Extent(SIDE, SIDE), (region,), wanted)


async def submit(jobs: Jobs, prompt: str = "", owner: str = "ann", **fields: object) -> Job:
    names = Submission.__dataclass_fields__
    parameters = {name: value for name, value in fields.items() if name not in names}
    rest = {name: value for name, value in fields.items() if name in names}
    work = await new_work(jobs, prompt, **parameters)
    defaults = {"engine": "puppet", "request_id": work.id, "digest": "d", "owner": owner}
    return await jobs.submit(Submission(work=work, **{**defaults, **rest}))  # type: ignore[arg-type]


async def events_of(jobs: Jobs, job: Job) -> list[JobEvent]:
    return [event async for event in jobs.events(job)]


async def until_step(jobs: Jobs, job: Job, step: int = 1) -> None:
    """Until the job has done this step, or has ended before its progress was read."""
    async for event in jobs.events(job):
        if isinstance(event, Progress) and event.step >= step:
            return


def host_of(jobs: Jobs, engine: str = "puppet") -> psutil.Process:
    pid = jobs._hosts[f"{engine}@cpu"].pid
    assert pid
    return psutil.Process(pid)


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


# Cancelling.


async def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    await submit(jobs, steps=FOREVER)
    waiting = [await submit(jobs) for _ in range(2)]
    assert (await jobs.cancel("ann", waiting[0].id)).state is JobState.CANCELLED
    assert isinstance(waiting[0].events.ending, Cancelled)
    assert await anext(jobs.events(waiting[1])) == Queued(1, None)


async def test_a_cancelled_job_has_ended_when_the_call_returns(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED


async def test_a_job_is_cancelled_before_its_host_is_up(make_jobs: MakeJobs) -> None:
    slow = puppet(options=(("start_seconds", "60"),), interruptible=False)
    jobs = await make_jobs(slow)
    job = await submit(jobs)
    assert (await jobs.cancel("ann", job.id)).state is JobState.CANCELLED


async def test_a_cancel_is_not_forgotten_when_the_host_dies_meanwhile(jobs: Jobs) -> None:
    job = await submit(jobs, steps=FOREVER)
    await until_step(jobs, job)
    host_of(jobs).suspend()
    cancelling = asyncio.ensure_future(jobs.cancel("ann", job.id))
    await asyncio.sleep(0)
    host_of(jobs).kill()
    assert (await cancelling).state is JobState.CANCELLED


async def test_cancels_that_race_with_the_end_leave_one_ending_each(
    make_jobs: MakeJobs,
) -> None:
    jobs = await make_jobs(puppet(capacity=4))
    outcomes = set()

    async def race(steps: int) -> None:
        job = await submit(jobs, steps=400)
        await until_step(jobs, job, steps)
        ended, events = await asyncio.gather(jobs.cancel("ann", job.id), events_of(jobs, job))
        endings = [e for e in events if isinstance(e, Done | Failed | Cancelled)]
        assert len(endings) == 1 and ended.state.ended
        outcomes.add(ended.state)

    for _ in range(8):
        await asyncio.gather(*(race(steps) for steps in (1, 100, 300, 400)))
    assert outcomes == {JobState.DONE, JobState.CANCELLED}
    assert jobs.snapshot("ann").places == ()


# Lost hosts.


async def test_a_job_survives_one_lost_host(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPPET_FLAG", str(tmp_path / "crashed"))
    job = await submit(jobs, "crash-once:2", seed=5)
    events = await events_of(jobs, job)
    assert (tmp_path / "crashed").exists()
    assert [e.code for e in events if isinstance(e, Notice)].count("ENGINE_RESTARTED") == 1
    assert isinstance(events[-1], Done) and job.seeds == {0: 5} and job.losses == 1


async def test_a_second_attempt_makes_no_finished_variation_again(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPPET_FLAG", str(tmp_path / "crashed"))
    job = await submit(jobs, "crash-once:5", seed=5, steps=6, variations=2)
    events = await events_of(jobs, job)
    assert job.losses == 1 and isinstance(events[-1], Done)
    assert [e.seed for e in events if isinstance(e, VariationDone)] == [5, 6]
    with Arena.open(job.work.arena) as arena:  # The puppet adds: twice would be seen.
        assert [arena.array(c).max() for c in job.work.regions[0].colors] == [5, 6]


async def test_a_job_that_kills_two_hosts_fails_and_the_next_one_runs(jobs: Jobs) -> None:
    deadly = await submit(jobs, "crash:2")
    harmless = await submit(jobs)
    ending = (await events_of(jobs, deadly))[-1]
    assert isinstance(ending, Failed) and ending.code == "ENGINE_LOST"
    assert "SIGSEGV" in ending.message and "twice" in ending.message
    assert isinstance((await events_of(jobs, harmless))[-1], Done)


async def test_a_deadly_job_takes_nobody_with_it(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(puppet(capacity=4, options=(("step_seconds", "0.001"),)))
    deadly = await submit(jobs, "crash:20", steps=40)
    harmless = [await submit(jobs, steps=40) for _ in range(5)]
    assert isinstance((await events_of(jobs, deadly))[-1], Failed)
    for job in harmless:
        assert isinstance((await events_of(jobs, job))[-1], Done)
    after = [await submit(jobs, steps=FOREVER, owner=owner) for owner in "abcd"]
    assert {job.state for job in after} == {JobState.RUNNING}


@pytest.mark.slow
async def test_fifty_random_kills_lose_nothing_that_can_be_retried(make_jobs: MakeJobs) -> None:
    chance = random.Random(5)
    jobs = await make_jobs(puppet(capacity=2, options=(("step_seconds", "0.002"),)))
    killed = 0
    for _ in range(50):
        pair = [await submit(jobs, steps=60) for _ in range(2)]
        await until_step(jobs, pair[0], chance.randrange(1, 60))
        host = host_of(jobs)
        host.kill()
        while jobs._hosts["puppet@cpu"].pid == host.pid:  # A second kill would be a second loss.
            await asyncio.sleep(0.001)
        endings = [(await events_of(jobs, job))[-1] for job in pair]
        assert all(isinstance(ending, Done) for ending in endings)
        killed += any(job.losses for job in pair)
    assert killed > 25
    assert jobs.snapshot("ann").places == ()


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


# Limits and retention.


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


async def until_gone(*gone: Job) -> None:
    while any(Path(job.work.arena).exists() for job in gone):
        await asyncio.sleep(0.01)


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


# The end of the daemon.


async def test_closing_ends_every_host_and_keeps_every_job(
    make_jobs: MakeJobs, tmp_path: Path
) -> None:
    jobs = await make_jobs(patience=Patience(leave=0.5))
    stuck = await submit(jobs, "hold:2")
    await until_step(jobs, stuck)
    waiting = await submit(jobs)
    host = host_of(jobs)
    watching = jobs.watch("ann")
    await anext(watching)

    await jobs.close()
    for job in (stuck, waiting):
        with pytest.raises(ShuttingDown):
            await events_of(jobs, job)
    assert {job.state for job in (stuck, waiting)} == {JobState.QUEUED}
    assert [now async for now in watching] == []
    assert not host.is_running()
    assert {path.stem for path in (tmp_path / "spool").iterdir()} == {stuck.id, waiting.id}
    with pytest.raises(ShuttingDown):
        await jobs.admission.admit("ann", "key", "d")


@pytest.mark.slow
async def test_many_jobs_leak_neither_files_nor_memory(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(kept_bytes=0, kept_seconds=0.0))
    me = psutil.Process()
    # The default pool adds threads when two happen to be needed at once.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    async def round_of_jobs() -> None:
        for _ in range(100):
            job = await submit(jobs)
            jobs.attendance.attached(job)
            await events_of(jobs, job)
            jobs.attendance.delivered(job)
            jobs.attendance.disconnected(job)
            await until_gone(job)

    await round_of_jobs()
    # The loop's own pool of threads grows up to its bound, at moments of its own choice.
    pool = min(32, (os.cpu_count() or 1) + 4)
    before = me.memory_info().rss, me.num_fds(), me.num_threads()
    for _ in range(5):
        await round_of_jobs()
    after = me.memory_info().rss, me.num_fds(), me.num_threads()
    assert after[0] - before[0] < 5_000_000
    assert after[1] == before[1] and after[2] <= before[2] + pool


# Sharing.


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


async def until_state(jobs: Jobs, job: Job, state: JobState) -> None:
    async for _ in jobs.watch(job.owner):
        if job.state is state:
            return


def steps_of(events: list[JobEvent]) -> list[int]:
    return [event.step for event in events if isinstance(event, Progress)]


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
    job = await submit(jobs, steps=200)
    await until_step(jobs, job, 20)
    await jobs.hold("ann", job.id, True)
    await until_state(jobs, job, JobState.PAUSED)
    stood_at = job.step
    assert 20 <= stood_at < 200
    other = await submit(jobs)
    assert isinstance((await events_of(jobs, other))[-1], Done)
    assert job.step == stood_at
    await jobs.hold("ann", job.id, False)
    events = await events_of(jobs, job)
    assert min(steps_of(events)) >= stood_at
    assert isinstance(events[-1], Done)


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
    edit = await submit(jobs, owner="bob", steps=5000)
    await until_step(jobs, edit, 1)
    await until_state(jobs, batch, JobState.QUEUED)
    stood_at = batch.step
    assert stood_at >= 10
    assert isinstance((await events_of(jobs, edit))[-1], Done)
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
    job = await submit(jobs, steps=5000)
    for _ in range(3):
        await until_step(jobs, job)
        await jobs.hold("ann", job.id, True)
        await until_state(jobs, job, JobState.PAUSED)
        host_of(jobs).kill()
        while job.step:
            await asyncio.sleep(0.01)
        await jobs.hold("ann", job.id, False)
    assert isinstance((await events_of(jobs, job))[-1], Done)
    assert job.losses == 0


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


async def test_an_owner_has_only_so_many_pixels_waiting(make_jobs: MakeJobs) -> None:
    jobs = await make_jobs(limits=Limits(queued_pixels=2 * SIDE * SIDE))
    for _ in range(3):
        await submit(jobs, steps=FOREVER)
    with pytest.raises(QueueFull, match="megapixels"):
        await submit(jobs)
    assert (await submit(jobs, owner="bob")).state is JobState.QUEUED


async def test_someone_with_one_edit_does_not_wait_for_anothers_twenty(jobs: Jobs) -> None:
    hog = [await submit(jobs, owner="hog") for _ in range(20)]
    edit = await submit(jobs, owner="ann")
    await events_of(jobs, edit)
    assert sum(job.state.ended for job in hog) < 5
    assert isinstance((await events_of(jobs, hog[-1]))[-1], Done)
