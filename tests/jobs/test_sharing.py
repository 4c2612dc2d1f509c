"""What sharing promises, shown by the real scheduler in simulated time."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fairness
from sfumato.jobs.entry import Entry
from sfumato.jobs.fair import Policy
from sfumato.jobs.placement import Places
from sfumato.jobs.scheduler import Scheduler
from tests.support.simulation import STEP, Arrival, Outcome, jain, p95, simulate

POLICY = Policy()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("load", [0.3, 0.6, 0.8, 0.9])
def test_two_hundred_queued_jobs_add_little_to_the_waits_of_the_others(
    load: float, seed: int
) -> None:
    chance = random.Random(seed)
    edits = fairness.artists(load, 2, chance)
    alone, shared = simulate(edits), simulate(edits + fairness.hog(chance))
    assert p95(fairness.others(shared)) <= 1.5 * p95(fairness.others(alone))
    assert len(shared.served) == len(edits) + 200


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(4, 30), min_size=2, max_size=16))
def test_backlogged_owners_get_equal_engine_time(sizes: list[float]) -> None:
    until = 6000.0
    arrivals = [
        Arrival(0.0, f"owner-{number}", size)
        for number, size in enumerate(sizes)
        for _ in range(int(1.5 * until / len(sizes) / size))
    ]
    outcome = simulate(arrivals, until)
    assert jain(outcome.spent.values()) >= 0.95


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            Arrival,
            at=st.floats(0, 1000),
            owner=st.sampled_from("abcdef"),
            seconds=st.floats(0.1, 60),
            priority=st.integers(0, 2),
            model=st.sampled_from(["one", "two", "three"]),
        ),
        max_size=60,
    )
)
def test_every_job_is_served_once_and_all_time_is_charged(arrivals: list[Arrival]) -> None:
    outcome = simulate(arrivals, load_seconds=5.0)
    assert sorted(map(id, (job.arrival for job in outcome.served))) == sorted(map(id, arrivals))
    busy = sum(job.busy for job in outcome.served)
    assert abs(sum(outcome.spent.values()) - busy) < 1e-6 * (1 + busy)
    assert outcome.loads <= sum(job.pieces for job in outcome.served)


def flood(seconds: float, priority: int, owners: int) -> list[Arrival]:
    """Owners who together always have more than the engine can do, for an hour."""
    return [
        Arrival(number * seconds * 0.9, f"owner-{number % owners}", seconds, priority)
        for number in range(int(3600 / seconds))
    ]


@pytest.mark.parametrize("priority", [0, 1])
@pytest.mark.parametrize("own_flood", [False, True])
@pytest.mark.parametrize(("owners", "seconds"), [(1, 4.0), (3, 20.0), (15, 4.0), (15, 12.0)])
def test_a_batch_job_starts_in_bounded_time_under_more_urgent_ones_that_never_end(
    owners: int, seconds: float, own_flood: bool, priority: int
) -> None:
    owner = "owner-0" if own_flood else "patient"
    batch = Arrival(100.0, owner, 30.0, priority=2)
    outcome = simulate([*flood(seconds, priority, owners), batch], until=3000.0)
    waits = [job.wait for job in outcome.served if job.arrival is batch]
    ageing = (2 - priority) * POLICY.ageing
    assert waits and ageing <= waits[0] + seconds
    assert waits[0] <= ageing + owners * (
        POLICY.debt + POLICY.credit + POLICY.foresight + 2 * seconds
    )


def test_a_newcomer_waits_for_little_more_than_the_running_job() -> None:
    hog = [Arrival(0.0, "hog", 5.0) for _ in range(500)]
    new = Arrival(1001.0, "new", 5.0)
    outcome = simulate([*hog, new])
    (wait,) = outcome.waits()["new"]
    assert wait <= 2 * 5.0


def models(jobs: int) -> list[Arrival]:
    return [
        Arrival(0.0, owner, 2.0, model=model)
        for owner, model in (("ann", "one"), ("bob", "two"))
        for _ in range(jobs)
    ]


def longest_gap(outcome: Outcome) -> float:
    return max(later - earlier for later, earlier in fairness.gaps(outcome))


def test_two_models_that_do_not_fit_together_change_places_seldom_but_surely() -> None:
    load, until = 8.0, 3600.0
    outcome = simulate(models(2000), until, load_seconds=load)
    assert outcome.loads <= until / min(POLICY.dwell, 2 * load) + 1
    assert longest_gap(outcome) <= POLICY.dwell + 2 * load + 2.0
    assert jain(outcome.spent.values()) >= 0.95


def test_models_that_fit_together_are_loaded_once_and_owners_take_turns() -> None:
    outcome = simulate(models(200), load_seconds=8.0, fitting=2)
    assert outcome.loads == 2
    late = outcome.served[-100:]
    assert {job.arrival.owner for job in late} == {"ann", "bob"}
    assert all(
        a.arrival.owner != b.arrival.owner for a, b in zip(late[::2], late[1::2], strict=True)
    )


def test_a_cheap_model_of_a_light_user_is_not_starved_by_a_heavy_users_model() -> None:
    heavy = [Arrival(0.0, "hog", 5.0, model="one") for _ in range(1000)]
    light = [Arrival(100.0 * number + 3, "ann", 1.0, model="two") for number in range(1, 30)]
    outcome = simulate([*heavy, *light], until=3600.0, load_seconds=8.0)
    waits = outcome.waits()["ann"]
    assert len(waits) == 29
    assert max(waits) <= POLICY.dwell + 8.0 + 2 * 5.0


def test_a_batch_job_makes_way_at_the_next_step_and_goes_on_from_where_it_was() -> None:
    batch = Arrival(0.0, "ann", 60.0, priority=2)
    edits = [Arrival(10.0 * number, "bob", 2.0) for number in range(1, 5)]
    outcome = simulate([batch, *edits])
    assert max(outcome.waits()["bob"]) <= STEP
    (whole,) = [job for job in outcome.served if job.arrival is batch]
    assert (whole.pieces, whole.busy) == (5, 60.0)
    assert whole.ended == 60.0 + 4 * 2.0


def test_a_batch_job_that_yields_ends_even_under_a_flood() -> None:
    batch = Arrival(0.0, "patient", 30.0, priority=2)
    edits = [replace(edit, at=edit.at + 5.0) for edit in flood(4.0, 1, 3)]
    outcome = simulate([batch, *edits], until=3000.0)
    (whole,) = [job for job in outcome.served if job.arrival is batch]
    assert whole.pieces == 2
    assert whole.ended <= POLICY.ageing + 30.0 + 3 * (
        POLICY.debt + POLICY.credit + POLICY.foresight + 2 * 4.0
    )


def test_a_batch_jobs_model_stays_for_its_dwell_before_it_makes_way() -> None:
    load = 8.0
    batch = [Arrival(0.0, "ann", 500.0, priority=2, model="one")]
    edits = [Arrival(5.0 * number, "bob", 1.0, model="two") for number in range(1, 100)]
    outcome = simulate([*batch, *edits], until=600.0, load_seconds=load)
    assert outcome.loads <= 600.0 / load
    assert max(outcome.waits()["bob"]) <= POLICY.dwell + 2 * load + 1.0


def test_whoever_is_served_comes_no_nearer_where_jobs_take_less_than_expected() -> None:
    scheduler = Scheduler()
    scheduler.join("gpu", "fill")
    for number in range(20):
        owner = ("ann", "bob")[number % 2]
        scheduler.add(Entry(f"job-{number}", owner, "fill", "", 1, number, cost=5.0), 0.0)
    served = []
    for turn in range(10):
        start = scheduler.start("fill", {"gpu": Places(1, 0)}, 0.2 * turn)
        assert start
        scheduler.end(start.entry.id, 0.2 * (turn + 1))
        served.append(start.entry.owner)
    assert served.count("ann") == served.count("bob")
