"""What is kept of ended jobs, and for how long. Plain functions of what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfumato.jobs.job import Job, JobState

RECORDS = 10_000
"""Ended jobs that are remembered at all; each takes some kilobytes of the daemon's memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of the jobs: ``queued_jobs`` of one owner wait at most.

    More than ``queued_pixels`` of one owner wait only if they are one job's.

    ``spool_bytes`` bounds the pixels of all jobs, ``kept_bytes`` and ``kept_seconds`` those of
    ended ones.
    """

    queued_jobs: int = 200
    queued_pixels: int = 1_000_000_000
    spool_bytes: int = 20_000_000_000
    kept_bytes: int = 10_000_000_000
    kept_seconds: float = 30 * 86400.0


def forgotten(ended: Sequence[Job], limits: Limits, now: datetime) -> list[Job]:
    """The jobs of which nothing may be kept. ``ended`` is oldest first, ``now`` in UTC."""
    oldest = now - timedelta(seconds=limits.kept_seconds)
    surplus = len(ended) - RECORDS
    return [
        job
        for index, job in enumerate(ended)
        if not job.watchers
        and (
            index < surplus
            or (job.ended_at is not None and job.ended_at < oldest)
            or (job.submission.private and (job.delivered or job.state is JobState.CANCELLED))
        )
    ]


def dropped(ended: Sequence[Job], size: Callable[[str], int], limits: Limits) -> list[Job]:
    """The jobs whose pictures have to go for the newer ones'. ``ended`` is oldest first."""
    surplus = sum(size(job.id) for job in ended) - limits.kept_bytes
    result = []
    for job in ended:
        if surplus <= 0:
            break
        if job.arena_kept and not job.watchers:
            result.append(job)
            surplus -= size(job.id)
    return result
