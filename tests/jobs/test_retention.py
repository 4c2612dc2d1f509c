"""Retention: bounded in bytes, days and number, and nothing goes while somebody watches it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sfumato.jobs import retention
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.retention import Limits, dropped, forgotten
from tests.support.jobs import small_job

NOW = datetime(2030, 1, 1, tzinfo=UTC)
WEEK = Limits(kept_seconds=7 * 86400.0)


def ended_job(days: float = 0.0, private: bool = False) -> Job:
    job = small_job(private=private)
    job.move(JobState.RUNNING)
    job.move(JobState.DONE)
    job.ended_at = NOW - timedelta(days=days)
    return job


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans(), st.booleans())), st.integers(0, 500))
def test_the_oldest_pictures_go_until_the_rest_fits(
    jobs: list[tuple[int, bool, bool]], kept_bytes: int
) -> None:
    ended = [ended_job() for _ in jobs]
    sizes = {}
    for job, (size, kept, watched) in zip(ended, jobs, strict=True):
        job.arena_kept, job.watchers = kept, int(watched)
        sizes[job.id] = size if kept else 0

    gone = dropped(ended, sizes.__getitem__, Limits(kept_bytes=kept_bytes))

    assert all(job.arena_kept and not job.watchers for job in gone)
    candidates = [job for job in ended if job.arena_kept and not job.watchers]
    assert gone == candidates[: len(gone)]
    left = sum(sizes.values()) - sum(sizes[job.id] for job in gone)
    assert left <= kept_bytes or gone == candidates
    if gone:
        assert left + sizes[gone[-1].id] > kept_bytes


def test_jobs_are_forgotten_after_their_days() -> None:
    old, young = ended_job(days=8), ended_job(days=6)
    assert forgotten([old, young], WEEK, NOW) == [old]


def test_nothing_is_forgotten_while_it_is_watched() -> None:
    old = ended_job(days=8)
    old.watchers = 1
    assert forgotten([old], WEEK, NOW) == []


def test_private_jobs_go_once_delivered_or_cancelled() -> None:
    waiting, delivered, cancelled = (ended_job(private=True) for _ in range(3))
    delivered.delivered = True
    cancelled.state = JobState.CANCELLED
    assert forgotten([waiting, delivered, cancelled], WEEK, NOW) == [delivered, cancelled]


def test_only_so_many_jobs_are_remembered_at_all() -> None:
    ended = [ended_job()] * (retention.RECORDS + 2)
    assert len(forgotten(ended, WEEK, NOW)) == 2
