from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.imaging.mask import Mask, box_around, dilated, gaussian_taps, reach, soft_mask

GROW = st.floats(0, 32)
FEATHER = st.floats(0, 64)
# In a convex corner of S a fade cut at 3 sigma lacks the tail of a 2-D Gaussian: 1.1 % of 255.
CORNER = 3


@st.composite
def selections(draw: st.DrawFn, hard: bool) -> Mask:
    """A few blocks and single pixels, anywhere, also at the borders."""
    height, width = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    selection = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(0, 4))):
        y, x = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        h, w = draw(st.integers(1, 40)), draw(st.integers(1, 40))
        selection[y : y + h, x : x + w] = 255 if hard else draw(st.integers(0, 255))
    return selection


def distance_to(selection: Mask) -> NDArray[np.float64]:
    if not selection.any():
        return np.full(selection.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(selection == 0))


@given(selections(hard=False), GROW, FEATHER)
def test_nothing_selected_is_left_uncovered(selection: Mask, grow: float, feather: float) -> None:
    assert (soft_mask(selection, grow, feather) >= selection).all()


@given(selections(hard=True), GROW, FEATHER)
def test_a_hard_selection_is_fully_covered_through_grow(
    selection: Mask, grow: float, feather: float
) -> None:
    mask = soft_mask(selection, grow, feather)
    assert (mask[distance_to(selection) <= grow] >= 255 - CORNER).all()


@given(selections(hard=False), GROW, FEATHER)
def test_the_mask_ends_where_the_feather_ends(selection: Mask, grow: float, feather: float) -> None:
    mask = soft_mask(selection, grow, feather)
    distance = distance_to(selection)
    assert (mask[distance > grow + feather + 0.5] <= 1).all()
    assert not mask[distance > grow + feather + 1.5].any()


@given(selections(hard=False), GROW, FEATHER)
def test_the_mask_stays_within_its_reach_of_the_selection(
    selection: Mask, grow: float, feather: float
) -> None:
    margin = reach(grow, feather)
    outside = ndimage.maximum_filter(selection, size=2 * margin + 1, mode="constant") == 0
    assert not soft_mask(selection, grow, feather)[outside].any()


@given(st.integers(0, 32), st.integers(0, 64))
def test_a_straight_edge_is_full_then_falls_to_zero_over_the_feather(
    grow: int, feather: int
) -> None:
    selection = np.zeros((5, 220), np.uint8)
    selection[:, :100] = 255
    ramp = soft_mask(selection, grow, feather)[2].astype(int)
    assert (ramp[: 100 + grow] == 255).all()
    assert (np.diff(ramp) <= 0).all()
    assert not ramp[100 + grow + feather :].any()


@given(selections(hard=False), GROW, FEATHER)
@settings(max_examples=200)
def test_no_step_beyond_the_selections_own_and_the_ramps(
    selection: Mask, grow: float, feather: float
) -> None:
    mask = soft_mask(selection, grow, feather).astype(int)
    steepest = 255 * gaussian_taps(feather).max() + 1
    for axis in (0, 1):
        own = np.abs(np.diff(selection.astype(int), axis=axis))
        assert (np.abs(np.diff(mask, axis=axis)) <= np.maximum(own, steepest)).all()


@given(selections(hard=True), GROW, st.floats(2, 64))
def test_no_step_across_the_border_of_a_hard_selection(
    selection: Mask, grow: float, feather: float
) -> None:
    beside = (ndimage.maximum_filter(selection, footprint=CROSS) > 0) & (selection == 0)
    # One pixel further out than the corner: by then at most half a tap's share more is missing.
    assert (soft_mask(selection, grow, feather)[beside] >= 255 - 3 * CORNER).all()


CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


@given(selections(hard=False), st.floats(0, 20))
def test_dilation_is_the_maximum_over_the_disc(selection: Mask, radius: float) -> None:
    size = int(radius + 1)
    y, x = np.mgrid[-size : size + 1, -size : size + 1]
    disc = x * x + y * y <= (radius + 0.5) ** 2
    expected = ndimage.grey_dilation(selection, footprint=disc, mode="constant", cval=0)
    assert np.array_equal(dilated(selection, radius), expected)


def test_the_canvas_border_does_not_darken_the_mask() -> None:
    selection = np.zeros((60, 80), np.uint8)
    selection[:, :30] = 255
    tall = np.zeros((260, 80), np.uint8)
    tall[:, :30] = 255
    inside = soft_mask(tall, 4, 24)[100:160]
    assert np.array_equal(soft_mask(selection, 4, 24), inside)


def test_the_mask_does_not_depend_on_how_much_surroundings_travel() -> None:
    rng = np.random.default_rng(1)
    selection = np.zeros((200, 240), np.uint8)
    selection[90:120, 100:150] = rng.integers(0, 256, (30, 50), dtype=np.uint8)
    margin = reach(3.5, 17)
    window = np.s_[90 - margin : 120 + margin, 100 - margin : 150 + margin]
    assert np.array_equal(
        soft_mask(selection, 3.5, 17)[window], soft_mask(selection[window], 3.5, 17)
    )


def test_without_grow_and_feather_the_mask_is_the_selection() -> None:
    selection = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(soft_mask(selection, 0, 0), selection)


@pytest.mark.parametrize(("grow", "feather"), [(-1, 0), (0, -0.5), (float("nan"), 0)])
def test_negative_lengths_are_refused(grow: float, feather: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        soft_mask(np.zeros((4, 4), np.uint8), grow, feather)


@pytest.mark.parametrize(
    ("marked", "margin", "box"),
    [
        ([], 3, None),
        ([(2, 5)], 0, np.s_[2:3, 5:6]),
        ([(2, 5), (4, 1)], 0, np.s_[2:5, 1:6]),
        ([(2, 5)], 1, np.s_[1:4, 4:7]),
        ([(0, 0)], 2, np.s_[0:3, 0:3]),
    ],
)
def test_a_box_holds_all_that_is_marked(
    marked: list[tuple[int, int]], margin: int, box: tuple[slice, slice] | None
) -> None:
    area = np.zeros((6, 8), bool)
    for place in marked:
        area[place] = True
    assert box_around(area, margin) == box
