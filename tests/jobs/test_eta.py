"""Waiting times: from what was measured, and unknown rather than wrong."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.jobs.eta import Rates, starts
from sfumato.jobs.job import Job, JobState
from tests.support.jobs import small_job


def rates_of(seconds: float) -> Rates:
    """A small job takes this long."""
    rates = Rates()
    rates.learn(small_job(), seconds)
    return rates


def running_job() -> Job:
    job = small_job()
    job.move(JobState.RUNNING)
    return job


def test_nothing_is_known_before_the_first_job_of_a_kind() -> None:
    job = small_job()
    assert Rates().still(job) is None
    assert starts([running_job()], [job], {"puppet": 1}, Rates()) == {job.id: None}


def test_time_follows_the_pixels() -> None:
    assert rates_of(2.0).still(small_job(variations=3)) == pytest.approx(6.0)


def test_newer_measurements_win_slowly() -> None:
    rates = rates_of(1.0)
    rates.learn(small_job(), 2.0)
    assert rates.still(small_job()) == pytest.approx(1.3)


def test_what_an_earlier_attempt_has_made_takes_no_time_in_this_one() -> None:
    job = small_job(variations=3)
    job.seeds = {0: 7, 1: 8}
    job.begin_anew()
    assert rates_of(2.0).still(job) == pytest.approx(2.0)
    rates = Rates()
    rates.learn(job, 2.0)
    assert rates.still(small_job(variations=3)) == pytest.approx(6.0)


def test_what_this_attempt_has_made_is_part_of_what_it_takes() -> None:
    job = small_job(variations=3)
    job.seeds = {0: 7, 1: 8}
    assert rates_of(2.0).still(job) == pytest.approx(6.0)


def test_engines_are_measured_apart() -> None:
    assert rates_of(2.0).still(small_job("other")) is None


def test_a_running_job_without_a_pace_is_judged_by_its_size() -> None:
    job = running_job()
    job.advance(1, 4)
    assert Rates().remaining(job) is None
    assert rates_of(100.0).remaining(job) == pytest.approx(100.0, abs=5)


def test_a_running_job_is_judged_more_and_more_by_its_own_pace() -> None:
    job = running_job()
    job.advance(0, 4)
    job.first_step = (0, time.monotonic() - 30.0)
    job.advance(2, 4)
    assert Rates().remaining(job) == pytest.approx(30.0, abs=5)
    assert rates_of(100.0).remaining(job) == pytest.approx((30.0 + 100.0) / 2, abs=5)
    job.advance(4, 4)
    assert rates_of(100.0).remaining(job) == pytest.approx(0.0)


@given(st.integers(0, 9), st.integers(0, 9))
def test_an_engine_that_cannot_count_does_no_harm(step: int, steps: int) -> None:
    job = running_job()
    job.advance(0, steps)
    job.advance(step, steps)
    remaining = rates_of(5.0).remaining(job)
    assert remaining is not None and 0 <= remaining < 60


@given(st.integers(1, 4), st.integers(0, 12))
def test_jobs_start_as_places_get_free(capacity: int, waiting: int) -> None:
    jobs = [small_job() for _ in range(waiting)]
    etas = list(starts([], jobs, {"puppet": capacity}, rates_of(5.0)).values())
    assert etas == [pytest.approx(5.0 * (index // capacity)) for index in range(waiting)]


def test_a_job_of_unknown_length_leaves_all_behind_it_unknown() -> None:
    first, second, other = small_job("a"), small_job("a"), small_job()
    etas = starts([], [first, second, other], {"a": 1, "puppet": 1}, rates_of(5.0))
    assert etas == {first.id: 0.0, second.id: None, other.id: 0.0}
