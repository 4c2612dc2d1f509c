"""Trimming selections, and the softness that each kind gets by default."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato_client import Bounds, Refused, Selection, Softness, softness


def selection(plane):
    height, width = plane.shape
    return Selection.trimmed(Bounds(0, 0, width, height), plane.tobytes())


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 500), st.sampled_from([0.02, 0.5]))
def test_trimming_keeps_all_that_is_above_zero_and_nothing_around(width, height, seed, share):
    plane = (np.random.default_rng(seed).random((height, width)) < share).astype(np.uint8) * 9
    whole = Bounds(3, 5, width, height)
    if not plane.any():
        with pytest.raises(Refused, match="Nothing is selected"):
            Selection.trimmed(whole, plane.tobytes())
        return
    trimmed = Selection.trimmed(whole, plane.tobytes())
    rows, columns = np.nonzero(plane)
    assert trimmed.bounds == Bounds.between(
        int(3 + columns.min()), int(5 + rows.min()), int(4 + columns.max()), int(6 + rows.max())
    )
    assert trimmed.over(whole) == plane.tobytes()


def test_a_selection_over_a_window_beside_it_is_empty():
    chosen = Selection(Bounds(0, 0, 2, 2), b"\xff" * 4)
    assert chosen.over(Bounds(10, 10, 3, 1)) == bytes(3)


def test_coverage_of_another_size_is_an_error():
    with pytest.raises(ValueError, match="one byte"):
        Selection(Bounds(0, 0, 2, 2), b"\xff")


def drawn(shape, thickness, antialiased):
    plane = np.zeros((900, 900), np.uint8)
    line = cv2.LINE_AA if antialiased else cv2.LINE_8
    if shape == "disc":
        cv2.circle(plane, (450, 450), thickness // 2, 255, -1, line)
    elif shape == "line":
        cv2.line(plane, (250, 300), (650, 620), 255, thickness, line)
    else:
        half = thickness // 2
        cv2.rectangle(plane, (450 - half, 100), (450 + half, 800), 255, -1, line)
    return selection(plane)


@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("shape", ["disc", "line", "bar"])
@pytest.mark.parametrize("thickness", [60, 120, 250])
def test_a_hard_selections_feather_is_a_tenth_of_its_thickness(shape, thickness, antialiased):
    found = softness(drawn(shape, thickness, antialiased))
    assert found.grow == 4
    assert found.feather == pytest.approx(thickness / 10, rel=0.1)


@pytest.mark.parametrize("shape", ["disc", "line", "bar"])
def test_the_feather_is_two_to_thirty_two_pixels(shape):
    assert softness(drawn(shape, 6, True)) == Softness(4, 2)
    assert softness(drawn(shape, 380, True)).feather == 32


@pytest.mark.parametrize("sigma", [3, 10, 30])
def test_a_feathered_selection_is_left_as_it_is(sigma):
    plane = np.zeros((300, 300), np.uint8)
    cv2.circle(plane, (150, 150), 80, 255, -1)
    assert softness(selection(cv2.GaussianBlur(plane, (0, 0), sigma))) == Softness(0, 0)


def test_gradients_and_even_grays_are_soft():
    gradient = np.tile(np.linspace(1, 255, 200).astype(np.uint8), (100, 1))
    assert softness(selection(gradient)) == Softness(0, 0)
    assert softness(selection(np.full((50, 50), 90, np.uint8))) == Softness(0, 0)
