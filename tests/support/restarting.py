"""Daemons that take up what others left, and what is looked at for that."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from sfumato.engines.arena import Arena
from sfumato.jobs.job import Job
from sfumato.jobs.jobs import Jobs

Start = Callable[..., "asyncio.Future[Jobs]"]


def snapshot_of(folder: Path, copy: Path) -> Path:
    """The folder as a daemon killed at this moment leaves it: what it wrote, the system has."""
    return shutil.copytree(folder, copy)


def colours(job: Job) -> list[int]:
    """What the puppet has painted: its seed, once if all is well."""
    with Arena.open(job.work.arena) as arena:
        return [int(arena.array(colour).max()) for colour in job.work.regions[0].colors]
