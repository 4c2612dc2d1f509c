"""The queue: whatever comes and goes, everybody is served once, and the order is foreseen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sfumato.jobs.entry import Entry
from sfumato.jobs.fair import Policy
from sfumato.jobs.scheduler import Places, Scheduler

ENGINES = ("fill", "diffusion")
POLICY = Policy(ageing=50.0, dwell=10.0)
FREE = Places(1, 0)


def entry(
    arrival: int,
    owner: str = "ann",
    priority: int = 1,
    model: str = "one",
    engine: str = "fill",
    **rest: float,
) -> Entry:
    return Entry(
        f"job-{arrival}",
        owner,
        engine,
        model,
        priority,
        arrival,
        **rest,  # type: ignore[arg-type]
    )


def ids(scheduler: Scheduler, engine: str = "fill", now: float = 0.0) -> list[str]:
    return [entry.id for entry in scheduler.order(engine, now)]


def empty(policy: Policy = POLICY) -> Scheduler:
    """One host for each engine, of its name."""
    scheduler = Scheduler(policy)
    for engine in ENGINES:
        scheduler.join(engine, engine)
    return scheduler


def start(scheduler: Scheduler, places: Places, now: float, engine: str = "fill") -> Entry | None:
    """What starts at the only host of the engine."""
    started = scheduler.start(engine, {engine: places}, now)
    assert started is None or started.host == engine
    return started and started.entry


def of(*entries: Entry) -> Scheduler:
    scheduler = empty()
    for one in entries:
        scheduler.add(one, 0.0)
    return scheduler


class SchedulerMachine(RuleBasedStateMachine):
    """Jobs come, start, end, leave and move, one at a time on each engine."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = empty()
        self.waiting: dict[str, Entry] = {}
        self.running: dict[str, Entry] = {}
        self.arrivals = 0
        self.now = 0.0

    @rule(
        engine=st.sampled_from(ENGINES),
        owner=st.sampled_from("abc"),
        priority=st.integers(0, 2),
        model=st.sampled_from(["one", "two"]),
        cost=st.floats(0.1, 30),
        alone=st.booleans(),
    )
    def come(
        self, engine: str, owner: str, priority: int, model: str, cost: float, alone: bool
    ) -> None:
        """A job comes."""
        number = self.arrivals
        new = Entry(f"job-{number}", owner, engine, model, priority, number, cost, alone)
        self.arrivals += 1
        self.scheduler.add(new, self.now)
        self.waiting[new.id] = new

    @rule(passed=st.floats(0, 100))
    def time_passes(self, passed: float) -> None:
        """Nothing happens."""
        self.now += passed

    @rule(engine=st.sampled_from(ENGINES))
    def start(self, engine: str) -> None:
        """An engine is free: somebody starts if anybody waits, the first who may."""
        if engine in self.running:
            return
        order = list(self.scheduler.order(engine, self.now))
        expected = [e for e in order if e.alone] or order
        started = start(self.scheduler, FREE, self.now, engine)
        assert started == (expected[0] if expected else None)
        if started:
            self.running[engine] = self.waiting.pop(started.id)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), load=st.sampled_from([None, 0.0, 3.0]))
    def end(self, data: st.DataObject, load: float | None) -> None:
        """A running job ends."""
        engine = data.draw(st.sampled_from(sorted(self.running)))
        assert self.scheduler.end(self.running.pop(engine).id, self.now, load) >= 0

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        """A waiting job goes."""
        gone = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.scheduler.remove(gone)
        assert not self.scheduler.remove(gone)
        del self.waiting[gone]

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """A waiting job is put before another of its line: directly, and others stay."""
        moved = self.waiting[data.draw(st.sampled_from(sorted(self.waiting)))]
        line = [e for e in self.waiting.values() if e.line == moved.line and e is not moved]
        before = data.draw(st.sampled_from(["", *sorted(e.id for e in line)]))
        changed = self.scheduler.move(moved.id, before)
        self.waiting.update((e.id, e) for e in changed)
        names = [e.id for e in changed]
        assert names.index(moved.id) == (names.index(before) - 1 if before else 0)
        arrivals = [e.arrival for e in changed]
        assert arrivals == sorted(arrivals)

    @invariant()
    def everybody_has_a_place(self) -> None:
        """Who waits is foreseen, once; an owner's jobs of one kind keep their order."""
        for engine in ENGINES:
            order = list(self.scheduler.order(engine, self.now))
            waiting = [e for e in self.waiting.values() if e.engine == engine]
            assert sorted(e.id for e in order) == sorted(e.id for e in waiting)
            for line in {e.line for e in order}:
                arrivals = [e.arrival for e in order if e.line == line]
                assert arrivals == sorted(arrivals)


TestSchedulerMachine = SchedulerMachine.TestCase
TestSchedulerMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_classes_go_first_then_owners_by_turns_then_arrival() -> None:
    scheduler = of(
        entry(0, priority=2),
        entry(1),
        entry(2),
        entry(3, owner="bob"),
        entry(4, owner="cat", priority=0),
    )
    # Bob, who asks for less, goes before Ann.
    assert ids(scheduler) == ["job-4", "job-3", "job-1", "job-2", "job-0"]


def test_what_runs_counts_before_it_has_ended() -> None:
    scheduler = of(entry(0), entry(1), entry(2, owner="bob"), entry(3, owner="bob"))
    first = start(scheduler, Places(4, 0), 0.0)
    second = start(scheduler, Places(4, 1), 0.0)
    assert first and second and [first.owner, second.owner] == ["ann", "bob"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 20)), min_size=1, max_size=12))
def test_jobs_that_take_as_long_as_expected_start_in_the_foreseen_order(
    jobs: list[tuple[str, int]],
) -> None:
    scheduler = empty(Policy(half_life=float("inf")))
    for number, (owner, cost) in enumerate(jobs):
        scheduler.add(entry(number, owner, cost=cost), 0.0)
    foreseen = ids(scheduler)
    now, started = 0.0, []
    while next_one := start(scheduler, FREE, now):
        now += next_one.cost
        started.append(next_one.id)
        scheduler.end(next_one.id, now)
    assert started == foreseen


def run_one(scheduler: Scheduler, began: float, ended: float) -> str:
    started = start(scheduler, FREE, began)
    assert started
    scheduler.end(started.id, ended)
    return started.id


def test_a_batch_job_that_is_overtaken_for_long_goes_before_interactive_ones() -> None:
    scheduler = of(entry(0, priority=2), *(entry(number, owner="bob") for number in (1, 2, 3)))
    assert run_one(scheduler, 0.0, 49.0) == "job-1"
    assert run_one(scheduler, 49.0, 51.0) == "job-2"
    assert run_one(scheduler, 51.0, 52.0) == "job-0"


def test_who_asks_for_little_does_not_wait_for_who_asks_for_much() -> None:
    many = [entry(number, cost=5.0) for number in range(200)]
    scheduler = of(*many, entry(200, owner="bob", cost=5.0))
    assert run_one(scheduler, 0.0, POLICY.foresight / 2) == "job-200"
    scheduler.add(entry(201, owner="bob", cost=5.0), POLICY.foresight / 2)
    assert run_one(scheduler, POLICY.foresight / 2, POLICY.foresight) == "job-201"
    scheduler.add(entry(202, owner="bob", cost=5.0), POLICY.foresight)
    # Bob has had more by now than Ann's queue counts.
    assert run_one(scheduler, POLICY.foresight, POLICY.foresight + 5.0) == "job-0"


def test_jobs_that_wait_for_their_owners_turn_do_not_become_more_urgent() -> None:
    scheduler = of(*(entry(number) for number in range(3)), entry(3, owner="bob"))
    assert run_one(scheduler, 0.0, 1.0) == "job-3"
    assert run_one(scheduler, 1.0, 400.0) == "job-0"
    scheduler.add(entry(4, owner="cat"), 401.0)
    assert ids(scheduler, now=401.0)[0] == "job-4"


def test_a_job_for_another_model_waits_until_the_engine_is_empty() -> None:
    scheduler = of(entry(0), entry(1, owner="bob", model="two"), entry(2, owner="cat"))
    assert start(scheduler, Places(4, 0), 0.0) == entry(0)
    assert start(scheduler, Places(4, 1), 5.0) == entry(2, owner="cat")
    scheduler.add(entry(3, owner="dan"), 20.0)
    assert start(scheduler, Places(4, 2), 20.0) is None
    for number in (0, 2):
        scheduler.end(f"job-{number}", 21.0, 0.0)
    assert start(scheduler, Places(4, 0), 21.0) == entry(1, owner="bob", model="two")
    assert scheduler.residency("fill").at_hand == ("two",)


def test_models_that_have_been_seen_side_by_side_run_side_by_side() -> None:
    scheduler = of(entry(0), entry(1, model="two"))
    for job, load in (("job-0", 3.0), ("job-1", 0.0)):
        assert start(scheduler, Places(4, 0), 20.0)
        scheduler.end(job, 20.0, load)
    scheduler.add(entry(2), 20.0)
    scheduler.add(entry(3, owner="bob", model="two"), 20.0)
    start(scheduler, Places(4, 0), 20.0)
    scheduler.residency("fill").ended("job-x", "one", 0.0)
    assert start(scheduler, Places(4, 1), 20.0)


def test_the_last_places_are_for_those_who_have_none() -> None:
    scheduler = of(*(entry(number) for number in range(5)), entry(5, "bob", priority=2))
    taken = 0
    while start(scheduler, Places(4, taken), 0.0):
        taken += 1
    assert taken == 3
    scheduler.add(entry(6, "bob"), 0.0)
    assert start(scheduler, Places(4, taken), 0.0) == entry(6, "bob")


def test_a_job_that_has_lost_its_host_runs_alone() -> None:
    scheduler = of(entry(0), entry(1, "bob", alone=True))
    assert start(scheduler, Places(4, 1), 0.0) is None
    assert start(scheduler, Places(4, 0), 0.0) == entry(1, "bob", alone=True)
    assert start(scheduler, Places(4, 1), 0.0) is None
    scheduler.end("job-1", 0.0)
    assert start(scheduler, Places(4, 0), 0.0) == entry(0)


def test_a_job_is_not_put_before_one_of_another_kind() -> None:
    scheduler = of(entry(0), entry(1), entry(2, priority=2), entry(3, "bob"))
    for other in ("job-2", "job-3", "job-9"):
        with pytest.raises(ValueError, match="not in list"):
            scheduler.move("job-0", other)
    scheduler.move("job-1", "job-0")
    assert [name for name in ids(scheduler) if name in ("job-0", "job-1")] == ["job-1", "job-0"]


def test_a_job_waits_only_once() -> None:
    scheduler = of(entry(0))
    with pytest.raises(ValueError, match="waits already"):
        scheduler.add(entry(0), 0.0)
