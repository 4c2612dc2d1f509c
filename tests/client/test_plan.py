"""Windows hold what their cores need, cores hold the whole mask, and long selections are cut."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Context, Extent, Model, Selection, plan
from sfumato_client.mask import reach


def selection(plane):
    height, width = plane.shape
    return Selection.trimmed(Bounds(0, 0, width, height), plane.tobytes())


def check(plane, places, grow, feather):
    """The promises of every plan."""
    canvas = Bounds(0, 0, plane.shape[1], plane.shape[0])
    covered = np.zeros(plane.shape, int)
    for window, core in places:
        assert canvas.contains(window)
        assert window.contains(core)
        covered[core.y : core.bottom, core.x : core.right] += 1
        if len(places) > 1:
            needed = core.padded(reach(grow, feather)).intersection(canvas)
            assert window.contains(needed)
    assert covered.max() == 1, "cores overlap"
    assert (covered[soft_mask(plane, grow, feather) > 0] == 1).all(), "a part of M is left out"


def pixels(places):
    return sum(place.window.area for place in places)


@given(st.data())
def test_cores_are_disjoint_and_hold_the_mask_and_windows_hold_their_cores(data):
    width, height = data.draw(st.integers(1, 1500)), data.draw(st.integers(1, 1200))
    plane = np.zeros((height, width), np.uint8)
    for _ in range(data.draw(st.integers(1, 5))):
        ends = [
            (data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1)))
            for _ in range(2)
        ]
        cv2.line(plane, *ends, data.draw(st.integers(1, 255)), data.draw(st.integers(1, 40)))
    grow, feather = data.draw(st.floats(0, 40)), data.draw(st.floats(0, 100))
    canvas = Extent(width, height)
    places = plan(selection(plane), canvas, grow=grow, feather=feather)
    check(plane, places, grow, feather)
    single = plan(selection(plane), canvas, grow=grow, feather=feather, most=1)
    assert len(single) == 1
    assert pixels(places) <= pixels(single)


def wire():
    plane = np.zeros((4000, 6000), np.uint8)
    cv2.line(plane, (300, 200), (5300, 3500), 255, 8)
    return plane


def dust(plane):
    rng = np.random.default_rng(1)
    for _ in range(60):
        middle = int(rng.integers(6000)), int(rng.integers(4000))
        cv2.circle(plane, middle, int(rng.integers(2, 12)), 255, -1)
    return plane


def test_a_long_diagonal_wire_sends_a_small_part_of_its_canvas():
    plane = wire()
    places = plan(selection(plane), Extent(6000, 4000), grow=4, feather=2)
    check(plane, places, 4, 2)
    assert pixels(places) < 0.15 * plane.size


def test_dust_spots_and_a_wire_send_a_small_part_of_their_canvas():
    plane = dust(wire())
    places = plan(selection(plane), Extent(6000, 4000), grow=4, feather=2)
    check(plane, places, 4, 2)
    assert len(places) <= 128
    assert pixels(places) < 0.3 * plane.size


def test_the_outline_of_a_rectangle_is_cut_along_its_sides():
    plane = np.zeros((3000, 3000), np.uint8)
    cv2.rectangle(plane, (200, 200), (2800, 2800), 255, 8)
    places = plan(selection(plane), Extent(3000, 3000), grow=4, feather=2)
    check(plane, places, 4, 2)
    assert pixels(places) < 0.3 * plane.size


@pytest.mark.parametrize("most", [1, 2, 7])
def test_the_number_of_windows_is_bounded(most):
    places = plan(selection(dust(wire())), Extent(6000, 4000), grow=4, feather=2, most=most)
    assert 1 <= len(places) <= most


def test_a_compact_selection_is_one_window_with_known_surroundings():
    plane = np.zeros((2000, 2000), np.uint8)
    cv2.circle(plane, (1000, 1000), 300, 255, -1)
    (place,) = plan(selection(plane), Extent(2000, 2000), grow=4, feather=16)
    assert place.core == Bounds.between(700, 700, 1301, 1301).padded(reach(4, 16))
    margin = place.core.x - place.window.x
    assert place.window == place.core.padded(margin)
    assert 0.4 <= margin / place.core.width <= 0.5


def test_two_far_spots_are_two_windows_in_reading_order():
    plane = np.zeros((2000, 2000), np.uint8)
    plane[1900:1910, 100:110] = plane[50:60, 1900:1910] = 255
    first, second = plan(selection(plane), Extent(2000, 2000), grow=4, feather=4)
    assert first.core.y < second.core.y


def test_a_margin_is_taken_as_it_is_asked_for():
    plane = np.zeros((500, 500), np.uint8)
    plane[200:300, 200:300] = 255
    context = Context(mode=Context.MODE_MARGIN, margin=40)
    (place,) = plan(selection(plane), Extent(500, 500), grow=2, feather=0, context=context)
    assert place.window == place.core.padded(40)


def test_the_whole_picture_as_context_is_one_window():
    context = Context(mode=Context.MODE_WHOLE)
    (place,) = plan(selection(wire()), Extent(6000, 4000), grow=4, feather=2, context=context)
    assert place.window == Bounds(0, 0, 6000, 4000)


SDXL = Model(
    native_area=1 << 20,
    buckets=[
        {"width": 1024, "height": 1024},
        {"width": 1216, "height": 832},
        {"width": 832, "height": 1216},
    ],
)


@pytest.mark.parametrize(
    ("box", "aspect"),
    [
        ((400, 400, 600, 600), 1.0),
        ((300, 450, 700, 550), 1216 / 832),
        ((470, 200, 530, 800), 0.684),
    ],
)
def test_a_models_window_has_the_nearest_aspect(box, aspect):
    plane = np.zeros((1500, 1500), np.uint8)
    plane[box[1] : box[3], box[0] : box[2]] = 255
    (place,) = plan(selection(plane), Extent(1500, 1500), grow=4, feather=8, model=SDXL)
    assert place.window.width / place.window.height == pytest.approx(aspect, rel=0.01)


def test_a_models_window_is_never_a_keyhole():
    plane = np.zeros((1500, 1500), np.uint8)
    plane[3:9, 700:706] = 255
    (place,) = plan(selection(plane), Extent(1500, 1500), grow=4, feather=8, model=SDXL)
    assert place.window.width >= 256
    assert place.window.height >= 256
    assert place.window.y == 0


def test_a_model_is_not_given_windows_much_smaller_than_it_works_at():
    places = plan(selection(wire()), Extent(6000, 4000), grow=4, feather=2, model=SDXL)
    assert all(place.window.area > SDXL.native_area / 2 for place in places)
    assert pixels(places) < 0.5 * 6000 * 4000
