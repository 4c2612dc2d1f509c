"""Engine time: decayed, charged to whoever used it, and no credit for being idle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.jobs.fair import Ledger, Policy, aged
from sfumato.jobs.meter import Meter

POLICY = Policy(half_life=100.0, credit=30.0, debt=120.0, ageing=300.0)
seconds = st.floats(0, 1e5)


def test_engine_time_counts_half_after_the_half_life() -> None:
    ledger = Ledger(POLICY)
    ledger.charge("ann", 8.0, now=10.0)
    assert ledger.spent("ann", 10.0) == 8.0
    assert ledger.spent("ann", 210.0) == pytest.approx(2.0)
    assert ledger.spent("bob", 210.0) == 0.0


@given(st.lists(seconds, min_size=1, max_size=5), seconds, seconds)
def test_whoever_joins_is_near_the_least_served_active_owner(
    others: list[float], own: float, idle: float
) -> None:
    ledger = Ledger(POLICY)
    ledger.charge("ann", own, 0.0)
    names = [f"owner-{number}" for number in range(len(others))]
    for name, spent in zip(names, others, strict=True):
        ledger.charge(name, spent, idle)
    ledger.join("ann", names, idle)
    least = min(others)
    joined = ledger.spent("ann", idle)
    assert least - POLICY.credit <= joined * (1 + 1e-9)
    assert joined <= (least + POLICY.debt) * (1 + 1e-9)


def test_whoever_joins_alone_keeps_what_was_used() -> None:
    ledger = Ledger(POLICY)
    ledger.charge("ann", 500.0, 0.0)
    ledger.join("ann", [], 0.0)
    assert ledger.spent("ann", 0.0) == 500.0


def test_a_line_that_is_overtaken_becomes_more_urgent() -> None:
    classes = [aged(2, seconds, POLICY) for seconds in (0, 299, 300, 599, 600, 10_000)]
    assert classes == [2, 2, 1, 1, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100))))
def test_all_of_an_engines_busy_time_is_charged_and_none_twice(
    changes: list[tuple[int, float]],
) -> None:
    charged: list[float] = []
    meter = Meter(lambda _, seconds: charged.append(seconds))
    running: set[int] = set()
    now = busy = 0.0
    for job, passed in changes:
        now += passed
        busy += passed if running else 0.0
        if job in running:
            meter.end(str(job), now)
            running.remove(job)
        else:
            meter.begin(str(job), now)
            running.add(job)
    assert sum(charged) == pytest.approx(busy)


def test_jobs_share_their_time_and_loading_is_paid_by_who_causes_it() -> None:
    charged = {"a": 0.0, "b": 0.0}

    def charge(job_id: str, seconds: float) -> None:
        charged[job_id] += seconds

    meter = Meter(charge)
    meter.begin("a", now=0.0)
    meter.begin("b", now=10.0)
    meter.loading("b", True, now=14.0)
    meter.loading("b", False, now=20.0)
    meter.end("a", now=30.0)
    meter.end("b", now=31.0)
    assert charged == {"a": 10 + 2 + 5, "b": 2 + 6 + 5 + 1}
