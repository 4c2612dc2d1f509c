"""A daemon that ends lets go of everything and keeps every job."""

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sfumato.engines.patience import Patience
from sfumato.jobs.errors import (
    ShuttingDown,
)
from sfumato.jobs.job import JobState
from sfumato.jobs.retention import Limits
from tests.support.daemon import GUARD
from tests.support.submitting import (
    MakeJobs,
    events_of,
    host_of,
    submit,
    until_gone,
    until_step,
)


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
    await asyncio.to_thread(host.wait, GUARD)
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
    gc.collect()
    before = me.memory_info().rss, me.num_fds(), me.num_threads()
    for _ in range(5):
        await round_of_jobs()
    gc.collect()
    after = me.memory_info().rss, me.num_fds(), me.num_threads()
    assert after[0] - before[0] < 5_000_000
    assert after[1] == before[1] and after[2] <= before[2] + pool
