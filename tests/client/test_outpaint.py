"""Growing canvases: what is new is covered once, and every window sees enough of what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato_client import (
    Anchor,
    Bounds,
    Extent,
    Growth,
    Model,
    Refused,
    Sides,
    sides_for_aspect,
    tiles,
)

SIDE = st.integers(0, 3000)
SIDES = st.builds(Sides, SIDE, SIDE, SIDE, SIDE).filter(any)
LARGE = st.builds(Extent, st.integers(2200, 5000), st.integers(2200, 5000))
EXTENTS = st.builds(Extent, st.integers(20, 4000), st.integers(20, 4000))
MODELS = st.none() | st.sampled_from([512, 1024]).map(lambda side: Model(native_area=side * side))


@given(EXTENTS, SIDES, st.none() | st.integers(0, 300))
def test_the_canvas_grows_by_the_sides_and_the_picture_stays_whole(
    extent: Extent, sides: Sides, overlap: int | None
) -> None:
    growth = Growth.of(extent, sides, overlap)
    assert growth.known.extent == extent
    assert Bounds.of(growth.canvas).contains(growth.known)
    assert growth.sides == sides
    assert growth.known.contains(growth.untouched)
    assert growth.message.overlap == growth.overlap


@given(EXTENTS, SIDES, MODELS)
def test_cores_are_disjoint_and_hold_all_that_is_new(
    extent: Extent, sides: Sides, model: Model | None
) -> None:
    growth = Growth.of(extent, sides)
    places = tiles(growth, model)
    canvas = Bounds.of(growth.canvas)
    assert all(canvas.contains(place.window) for place in places)
    assert all(place.window.contains(place.core) for place in places)
    # Disjoint, inside the canvas, beside the untouched part, and as large as all of the rest.
    cores = [place.core for place in places] + [growth.untouched]
    for index, core in enumerate(cores):
        assert not any(core.intersection(other).area for other in cores[:index])
    assert sum(core.area for core in cores) == canvas.area


@given(LARGE, SIDES, MODELS)
def test_at_least_30_percent_of_a_window_is_known_or_made_before(
    extent: Extent, sides: Sides, model: Model | None
) -> None:
    growth = Growth.of(extent, sides)
    made: list[Bounds] = []
    for window, core in tiles(growth, model):
        assert window.area - core.area >= 0.299 * window.area
        painted_before = sum(new_in(window.intersection(each), growth) for each in made)
        assert new_in(window, growth) == new_in(core, growth) + painted_before
        made.append(core)


def new_in(bounds: Bounds, growth: Growth) -> int:
    """Pixels that are no known picture."""
    return bounds.area - bounds.intersection(growth.known).area


@given(EXTENTS, SIDES, st.sampled_from([512, 1024]))
def test_no_window_is_larger_than_a_model_can_do(extent: Extent, sides: Sides, side: int) -> None:
    for place in tiles(Growth.of(extent, sides), Model(native_area=side * side)):
        assert max(place.window.extent) <= 2 * side + 128


@given(EXTENTS, SIDES)
def test_what_is_selected_is_what_is_new(extent: Extent, sides: Sides) -> None:
    small = Extent(extent.width // 20, extent.height // 20)
    growth = Growth.of(small, Sides(*(side // 20 + 1 for side in sides)))
    for window, _ in tiles(growth):
        coverage = np.frombuffer(growth.coverage(window), np.uint8)
        expected = np.full((window.height, window.width), 255, np.uint8)
        known = growth.known.relative_to(window)
        expected[max(known.y, 0) : max(known.bottom, 0), max(known.x, 0) : max(known.right, 0)] = 0
        assert np.array_equal(coverage.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("anchor", "sides"),
    [
        (Anchor.CENTER, Sides(left=50, right=50)),
        (Anchor.LEFT, Sides(right=100)),
        (Anchor.RIGHT, Sides(left=100)),
        (Anchor.TOP, Sides(left=50, right=50)),
        (Anchor.BOTTOM_RIGHT, Sides(left=100)),
    ],
)
def test_an_aspect_widens_the_canvas_around_the_anchor(anchor: Anchor, sides: Sides) -> None:
    assert sides_for_aspect(Extent(100, 100), 2, 1, anchor) == sides


@given(EXTENTS, st.integers(1, 40), st.integers(1, 40), st.sampled_from(Anchor))
def test_an_aspect_only_ever_adds(extent: Extent, width: int, height: int, anchor: Anchor) -> None:
    try:
        sides = sides_for_aspect(extent, width, height, anchor)
    except Refused:
        canvas = extent
    else:
        canvas = Growth.of(extent, sides).canvas
        assert min(sides) >= 0
        assert 0 in (sides.left + sides.right, sides.top + sides.bottom)
    # To the nearest pixel of the side that was added to.
    assert abs(canvas.width - canvas.height * width / height) <= max(1, width / height)


@pytest.mark.parametrize("sides", [Sides(), Sides(left=-1, right=5)])
def test_a_canvas_that_does_not_grow_is_refused(sides: Sides) -> None:
    with pytest.raises(Refused):
        Growth.of(Extent(10, 10), sides)


@pytest.mark.parametrize("aspect", [(0, 1), (1, 0), (-1, 2), (float("nan"), 1), (10, 10)])
def test_an_aspect_that_is_none_or_the_pictures_own_is_refused(
    aspect: tuple[float, float],
) -> None:
    with pytest.raises(Refused):
        sides_for_aspect(Extent(10, 10), *aspect)
