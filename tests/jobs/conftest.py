"""The jobs layer with real engine hosts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sfumato.engines.base import EngineSpec
from sfumato.engines.patience import Patience
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from tests.support.engines import puppet
from tests.support.restarting import Start
from tests.support.submitting import MakeJobs


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
