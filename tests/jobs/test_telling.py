"""Those who wait are told where they stand, soon, and without doing little else."""

import asyncio
import time

import pytest

from sfumato.jobs.telling import Telling, Throttle


def compute(seconds: float) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_it_takes_a_tenth_of_the_time_of_which_half_a_second_is_ahead() -> None:
    throttle = Throttle()
    for took, due in ((0.03, 99.8), (0.03, 100.1), (1.0, 110.1)):
        throttle.took(took, 100.0)
        assert throttle.due == pytest.approx(due)
    throttle.took(0.02, 200.0)
    assert throttle.due < 200.0


async def test_what_happens_while_it_is_not_due_is_told_once_and_in_the_end() -> None:
    happened, told = 0, []

    def tell() -> None:
        compute(0.1)
        told.append(happened)

    telling = Telling(tell)
    for _ in range(100):
        happened += 1
        telling.soon()
    assert told == [1]
    while len(told) < 2:
        await asyncio.sleep(0.01)
    assert told == [1, 100]


async def test_once_closed_nothing_is_told() -> None:
    told = []
    telling = Telling(lambda: compute(0.1) or told.append(1))
    telling.soon()
    telling.soon()
    telling.close()
    await asyncio.sleep(0.2)
    assert told == [1]
