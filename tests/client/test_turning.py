"""A turned picture is known by a few of its pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato_client import Extent
from sfumato_client.turning import places, was_turned

Picture = np.ndarray


def picture(width: int, height: int) -> Picture:
    return np.random.default_rng(1).integers(0, 256, (height, width), np.uint8)


def grid(seen: Picture) -> list[bytes]:
    height, width = seen.shape
    return [bytes([seen[y, x]]) for x, y in places(Extent(width, height))]


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, lambda p: np.rot90(p, 2)])
@pytest.mark.parametrize(("width", "height"), [(97, 64), (64, 64), (31, 200)])
def test_half_turns_and_mirrors_are_seen(
    turn: Callable[[Picture], Picture], width: int, height: int
) -> None:
    before = picture(width, height)
    assert was_turned(grid(before), grid(turn(before)), square=width == height)


@pytest.mark.parametrize("quarters", [1, 3])
def test_quarter_turns_of_a_square_are_seen(quarters: int) -> None:
    before = picture(80, 80)
    assert was_turned(grid(before), grid(np.rot90(before, quarters)), square=True)


def test_painting_is_no_turn() -> None:
    before = picture(200, 100)
    after = before.copy()
    after[:, :180] = 7
    assert not was_turned(grid(before), grid(after), square=False)


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_every_place_lies_inside_and_has_its_mirror(width: int, height: int) -> None:
    found = places(Extent(width, height))
    assert all(0 <= x < width and 0 <= y < height for x, y in found)
    assert {(width - 1 - x, height - 1 - y) for x, y in found} == set(found)
