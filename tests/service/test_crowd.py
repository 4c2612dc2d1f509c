"""Many owners at one daemon, over gRPC, each with a token of its own."""

import asyncio
from pathlib import Path

from benchmarks.crowd import HOG, OWNERS, QUEUED, crowd


async def test_fifteen_owners_go_before_one_with_two_hundred_queued_jobs(tmp_path: Path) -> None:
    async with crowd(tmp_path, step=0.0) as here:
        here.service.jobs.pause(True)
        for _ in range(QUEUED):
            await here.send(HOG, 1)
        edits = [asyncio.create_task(here.edit(owner, 1)) for owner in OWNERS]
        while len(here.service.jobs.snapshot("").places) < QUEUED + len(OWNERS):
            await asyncio.sleep(0.01)
        here.service.jobs.pause(False)
        await asyncio.gather(*edits)
        first = [owner for owner, _ in here.log.begun][: len(OWNERS)]
        assert sorted(first) == sorted(OWNERS)
