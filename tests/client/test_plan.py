"""Windows hold what their cores need, cores hold the whole mask, and long selections are cut."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
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


CLOSE = Context(mode=Context.MODE_MARGIN, margin=40)
DOUBLE = Context(mode=Context.MODE_DOUBLE)
SDXL = Model(
    native_area=1 << 20,
    buckets=[
        {"width": 1024, "height": 1024},
        {"width": 1216, "height": 832},
        {"width": 832, "height": 1216},
    ],
)


def pixels(places):
    return sum(place.window.area for place in places)


@st.composite
def strokes(draw):
    """A few strokes on a canvas of any size, with grow and feather."""
    width, height = draw(st.integers(1, 1500)), draw(st.integers(1, 1200))
    plane = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 5))):
        ends = [
            (draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))) for _ in range(2)
        ]
        cv2.line(plane, *ends, draw(st.integers(1, 255)), draw(st.integers(1, 40)))
    return plane, draw(st.floats(0, 40)), draw(st.floats(0, 100))


@given(strokes())
def test_cores_are_disjoint_and_hold_the_mask_and_windows_hold_their_cores(drawn):
    plane, grow, feather = drawn
    canvas = Extent(plane.shape[1], plane.shape[0])
    places = plan(selection(plane), canvas, grow=grow, feather=feather)
    check(plane, places, grow, feather)
    single = plan(selection(plane), canvas, grow=grow, feather=feather, most=1)
    assert len(single) == 1
    assert pixels(places) <= pixels(single)


@settings(deadline=None)
@given(strokes(), st.sampled_from([CLOSE, DOUBLE]), st.sampled_from([None, SDXL]))
def test_close_windows_keep_the_same_promises(drawn, context, model):
    plane, grow, feather = drawn
    canvas = Extent(plane.shape[1], plane.shape[0])
    soft = {"grow": grow, "feather": feather}
    places = plan(selection(plane), canvas, context=context, model=model, **soft)
    check(plane, places, grow, feather)


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
    (place,) = plan(selection(plane), Extent(500, 500), grow=2, feather=0, context=CLOSE)
    assert place.window == place.core.padded(40)


def test_double_shows_a_square_selection_at_twice_its_size():
    plane = np.zeros((500, 500), np.uint8)
    plane[200:300, 200:300] = 255
    (place,) = plan(selection(plane), Extent(500, 500), grow=2, feather=0, context=DOUBLE)
    assert place.core == Bounds(198, 198, 104, 104)
    assert place.window == place.core.padded(52)


@pytest.mark.parametrize("context", [CLOSE, DOUBLE])
def test_two_eyes_are_two_close_windows_for_a_model(context):
    plane = np.zeros((1500, 1500), np.uint8)
    plane[700:740, 500:580] = plane[700:740, 800:880] = 255
    soft = {"grow": 4, "feather": 4, "model": SDXL}
    assert len(plan(selection(plane), Extent(1500, 1500), **soft)) == 1
    places = plan(selection(plane), Extent(1500, 1500), **soft, context=context)
    check(plane, places, 4, 4)
    left, right = places
    assert left.core.x < right.core.x
    assert all(place.window.width < 250 for place in places)


def test_pieces_that_lie_in_each_others_windows_are_one():
    plane = np.zeros((1500, 1500), np.uint8)
    plane[700:740, 500:580] = plane[700:740, 650:730] = plane[1200:1240, 650:730] = 255
    places = plan(
        selection(plane), Extent(1500, 1500), grow=4, feather=4, context=DOUBLE, model=SDXL
    )
    check(plane, places, 4, 4)
    assert [place.core.width > 200 for place in places] == [True, False]


def test_pieces_in_a_model_window_that_a_border_moves_are_one():
    plane = np.zeros((300, 2000), np.uint8)
    plane[10:290, 5:25] = plane[140:160, 200:220] = 255
    places = plan(selection(plane), Extent(2000, 300), grow=0, feather=0, context=CLOSE, model=SDXL)
    assert len(places) == 1


@pytest.mark.parametrize("most", [1, 2, 7, 128])
def test_the_number_of_close_windows_is_bounded(most):
    spots = selection(dust(wire()))
    places = plan(spots, Extent(6000, 4000), grow=4, feather=2, context=CLOSE, most=most)
    assert 1 <= len(places) <= most


def test_the_whole_picture_as_context_is_one_window():
    context = Context(mode=Context.MODE_WHOLE)
    (place,) = plan(selection(wire()), Extent(6000, 4000), grow=4, feather=2, context=context)
    assert place.window == Bounds(0, 0, 6000, 4000)


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
