"""Which requests share a step, judged by simulated step times: no model, no torch, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines.diffusion.batcher import ENOUGH, Batcher, StepTimes

Cost = Callable[[int], float]


@dataclass(eq=False)
class Edit:
    """A request that only counts its steps."""

    remaining: int
    key: str = "sd15"

    def __post_init__(self) -> None:
        self.length = self.remaining


class Engine:
    """Runs edits through a batcher; a step of n requests takes ``cost(n)`` seconds."""

    def __init__(self, cost: Cost, largest: int = 16) -> None:
        self.cost = cost
        self.times = StepTimes()
        self.batcher = Batcher(self.times, largest)
        self.running: list[Edit] = []
        self.seconds = 0.0
        self.sizes: list[int] = []

    def step(self) -> list[Edit]:
        """One step; returns the edits it advanced."""
        batch = self.batcher.choose(self.running)
        seconds = self.cost(len(batch))
        self.times.record(batch[0].key, len(batch), seconds)
        self.seconds += seconds
        self.sizes.append(len(batch))
        for edit in batch:
            edit.remaining -= 1
        self.running = [edit for edit in self.running if edit.remaining]
        return batch

    def run(self) -> None:
        """Steps until all edits are done."""
        while self.running:
            self.step()


def overhead_bound(size: int) -> float:
    return 1.0 + 0.1 * size


def compute_bound(size: int) -> float:
    return 1.02 * size


def test_where_a_larger_batch_is_cheap_all_requests_share_it() -> None:
    engine = Engine(overhead_bound)
    engine.running = [Edit(200) for _ in range(8)]
    engine.run()
    assert engine.sizes[3 * ENOUGH] == 8
    assert engine.sizes.count(8) > 0.85 * len(engine.sizes)
    assert engine.seconds < 0.35 * 8 * 200 * overhead_bound(1)


def test_where_sharing_costs_more_than_it_saves_it_is_not_done() -> None:
    engine = Engine(compute_bound)
    engine.running = [Edit(200) for _ in range(8)]
    engine.run()
    assert engine.sizes.count(1) > 0.95 * len(engine.sizes)
    assert engine.seconds < 1.01 * 8 * 200 * compute_bound(1)


def test_where_sharing_does_not_pay_the_first_of_equals_is_done_first() -> None:
    engine = Engine(compute_bound)
    first, second = Edit(20), Edit(20)
    engine.running = [first, second]
    while first.remaining:
        engine.step()
    assert second.remaining >= 20 - ENOUGH - 1


def test_a_short_edit_is_hardly_slowed_by_a_long_one() -> None:
    for cost in (overhead_bound, compute_bound, lambda size: 0.7 + 0.3 * size):
        engine = Engine(cost)
        engine.running = [Edit(100), Edit(100)]
        for _ in range(10):  # long enough to have measured both sizes
            engine.step()
        short = Edit(4)
        before = engine.seconds
        engine.running.append(short)
        while short.remaining:
            engine.step()
        assert engine.seconds - before <= 1.3 * 4 * cost(1)


def test_a_size_that_did_not_pay_is_tried_again() -> None:
    busy = [True]
    engine = Engine(lambda size: size * 1.5 if busy[0] else overhead_bound(size))
    engine.running = [Edit(10_000), Edit(10_000)]
    for _ in range(50):
        engine.step()
    assert engine.sizes[-1] == 1
    busy[0] = False
    for _ in range(3_000):
        engine.step()
    assert engine.sizes[-1] == 2


def test_a_stream_of_short_edits_does_not_starve_a_long_one() -> None:
    engine = Engine(compute_bound, largest=1)
    long = Edit(50)
    engine.running = [long]
    for _ in range(75):
        engine.running.append(Edit(2))
        engine.step()
        engine.step()
    assert not long.remaining


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abc")), min_size=1, max_size=12))
def test_a_batch_holds_one_key_and_everything_ends(edits: list[tuple[int, str]]) -> None:
    engine = Engine(overhead_bound, largest=4)
    engine.running = [Edit(steps, key) for steps, key in edits]
    while engine.running:
        batch = engine.step()
        assert len({edit.key for edit in batch}) == 1
        assert 1 <= len(batch) <= 4
    assert sum(engine.sizes) == sum(steps for steps, _ in edits)


def test_a_batch_that_did_not_fit_is_tried_again_much_later() -> None:
    engine = Engine(overhead_bound)
    engine.running = [Edit(10_000) for _ in range(8)]
    batch = engine.step()
    while len(batch) < 8:
        batch = engine.step()
    assert engine.batcher.limit(batch)
    engine.sizes.clear()
    while len(engine.step()) < 8:
        pass
    assert max(engine.sizes[:-1]) == 4
    assert len(engine.sizes) > 100
