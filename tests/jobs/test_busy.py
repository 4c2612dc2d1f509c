"""How busy a host has been lately."""

import pytest

from sfumato.engines.messages import Turned
from sfumato.jobs.turns import WINDOW, Turns


def test_steps_count_as_far_as_they_lie_in_the_window() -> None:
    turns = Turns()
    turns.took(Turned(3, 4.0), now=100.0)
    assert turns.batch == 3
    assert turns.share(0.0, now=100.0) == pytest.approx(4 / WINDOW)
    assert turns.share(0.0, now=106.0 + 2.0) == pytest.approx(2 / WINDOW)
    assert turns.share(0.0, now=100.0 + WINDOW) == 0.0


def test_the_step_under_way_counts_too_and_all_of_it_is_1() -> None:
    turns = Turns()
    turns.took(Turned(1, 5.0), now=5.0)
    assert turns.share(3.0, now=8.0) == pytest.approx(8 / WINDOW)
    assert turns.share(600.0, now=605.0) == 1.0
