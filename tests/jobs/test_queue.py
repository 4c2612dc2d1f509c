"""The queue: whatever comes and goes, everybody is served once and in order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sfumato.jobs.queue import Entry, Queue

ENGINES = ("fill", "diffusion")


def entry(arrival: int, engine: str = "fill", priority: int = 1) -> Entry:
    return Entry(f"job-{arrival}", "ann", engine, priority, arrival)


def any_job(entry: Entry) -> bool:
    return True


class QueueMachine(RuleBasedStateMachine):
    """The queue against a list that is sorted the slow way."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue()
        self.waiting: list[Entry] = []
        self.arrivals = 0

    @rule(engine=st.sampled_from(ENGINES), priority=st.integers(0, 2))
    def push(self, engine: str, priority: int) -> None:
        """A job comes."""
        new = entry(self.arrivals, engine, priority)
        self.arrivals += 1
        self.queue.push(new)
        self.waiting.append(new)
        self.waiting.sort(key=lambda e: (e.priority, e.arrival))

    @rule(free=st.sets(st.sampled_from(ENGINES)))
    def next(self, free: set[str]) -> None:
        """Some engines are free."""
        expected = next((e for e in self.waiting if e.engine in free), None)
        assert self.queue.next(lambda e: e.engine in free) == expected
        if expected:
            self.waiting.remove(expected)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A waiting job goes."""
        gone = data.draw(st.sampled_from(self.waiting))
        assert self.queue.remove(gone.id)
        assert not self.queue.remove(gone.id)
        self.waiting.remove(gone)

    @invariant()
    def order_and_positions_agree(self) -> None:
        """The list and the queue say the same."""
        assert list(self.queue) == self.waiting
        assert len(self.queue) == len(self.waiting)
        positions = self.queue.positions()
        assert list(positions) == [e.id for e in self.waiting]
        for engine in ENGINES:
            places = [positions[e.id] for e in self.waiting if e.engine == engine]
            assert places == list(range(1, len(places) + 1))


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.permutations(range(6)))
def test_a_job_that_comes_back_keeps_its_place(order: list[int]) -> None:
    queue = Queue()
    for arrival in order:
        queue.push(entry(arrival))
    first = queue.next(any_job)
    assert first == entry(0)
    queue.push(first)
    assert queue.next(any_job) == first


def test_the_order_is_asked_anew_every_time() -> None:
    favourite = "job-1"
    queue = Queue(lambda e: e.id != favourite)
    for arrival in range(3):
        queue.push(entry(arrival))
    assert next(iter(queue)).id == "job-1"
    favourite = "job-2"
    assert queue.next(any_job) == entry(2)


def test_a_job_waits_only_once() -> None:
    queue = Queue()
    queue.push(entry(0))
    with pytest.raises(ValueError, match="waits already"):
        queue.push(entry(0))
