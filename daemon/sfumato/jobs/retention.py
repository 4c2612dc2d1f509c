"""What is kept of ended jobs, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

RECORDS = 10_000
"""Ended jobs that are remembered at all; each takes some kilobytes of the journal."""


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
