"""A job's states follow on each other in one direction, but for a lost host."""

import pytest

from sfumato.jobs.job import JobState
from tests.support.jobs import small_job

ALLOWED = {
    (JobState.QUEUED, JobState.PAUSED),
    (JobState.PAUSED, JobState.QUEUED),
    (JobState.PAUSED, JobState.FAILED),
    (JobState.PAUSED, JobState.CANCELLED),
    (JobState.QUEUED, JobState.RUNNING),
    (JobState.QUEUED, JobState.FAILED),
    (JobState.QUEUED, JobState.CANCELLED),
    (JobState.RUNNING, JobState.QUEUED),
    (JobState.RUNNING, JobState.PAUSED),
    (JobState.RUNNING, JobState.DONE),
    (JobState.RUNNING, JobState.FAILED),
    (JobState.RUNNING, JobState.CANCELLED),
}


@pytest.mark.parametrize("before", JobState)
@pytest.mark.parametrize("after", JobState)
def test_a_job_moves_only_where_its_life_leads(before: JobState, after: JobState) -> None:
    job = small_job()
    job.state = before
    if (before, after) in ALLOWED:
        job.move(after)
        assert job.state is after
    else:
        with pytest.raises(ValueError, match="cannot become"):
            job.move(after)
        assert job.state is before


def test_the_times_of_its_life_are_kept() -> None:
    job = small_job()
    assert job.started_at is None and job.ended_at is None
    job.move(JobState.RUNNING)
    job.move(JobState.DONE)
    assert job.started_at and job.ended_at and job.started_at <= job.ended_at
    assert [state for state in JobState if state.ended] == ["done", "failed", "cancelled"]


def test_its_size_counts_every_variation() -> None:
    assert small_job(variations=3).pixels == 3 * small_job().pixels
