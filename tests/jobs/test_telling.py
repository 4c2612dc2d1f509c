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


@pytest.mark.parametrize(("seconds", "due"), [(0.0005, 100.0), (0.501, 105.0)])
def test_what_takes_long_is_due_when_ten_times_as_long_has_passed(
    seconds: float, due: float
) -> None:
    throttle = Throttle()
    assert throttle.due == 0.0
    throttle.took(seconds, 100.0)
    assert throttle.due == pytest.approx(due)


async def test_what_happens_while_it_is_not_due_is_told_once_and_in_the_end() -> None:
    happened, told = 0, []

    def tell() -> None:
        compute(0.02)
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
    telling = Telling(lambda: compute(0.01) or told.append(1))
    telling.soon()
    telling.soon()
    telling.close()
    await asyncio.sleep(0.2)
    assert told == [1]
