from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from sfumato.imaging.compose import composed, laid
from sfumato.imaging.depth import Pixels, as_float


@st.composite
def pictures(draw: st.DrawFn, count: int) -> list[Pixels]:
    """Pictures of one shape and type, any depth and colour model."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)))
    return [draw(arrays.arrays(dtype, shape)) for _ in range(count)]


def masks(shape: tuple[int, ...]) -> st.SearchStrategy[NDArray[np.uint8]]:
    return arrays.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 100, 254, 255]))


@given(pictures(2), st.data())
def test_a_result_is_the_picture_bit_for_bit_outside_the_mask_and_the_colour_inside(
    two: list[Pixels], data: st.DataObject
) -> None:
    picture, other = two
    mask = data.draw(masks(picture.shape[:2]))
    result = composed(picture, as_float(other), mask, picture.dtype, left=3, top=5)
    assert np.array_equal(result[mask == 0], picture[mask == 0])
    assert np.array_equal(result[mask > 0], other[mask > 0])


def test_a_result_without_alpha_is_opaque() -> None:
    picture = np.zeros((2, 2, 4), np.uint8)
    mask = np.array([[0, 255], [255, 0]], np.uint8)
    result = composed(picture, np.full((2, 2, 3), 1.0, np.float32), mask, np.uint8)
    assert result[0, 1].tolist() == [255] * 4
    assert result[0, 0].tolist() == [0] * 4


def test_a_deeper_result_keeps_the_pictures_values_outside() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    mask = np.zeros((2, 2), np.uint8)
    deeper = composed(picture, as_float(picture), mask, np.uint16)
    assert np.array_equal(deeper, picture.astype(np.uint16) * 257)


def test_a_colour_of_another_size_is_an_error() -> None:
    with pytest.raises(ValueError, match="shape"):
        composed(
            np.zeros((4, 4, 3), np.uint8),
            np.zeros((4, 5, 3), np.float32),
            np.zeros((4, 4), np.uint8),
            np.uint8,
        )


@given(pictures(2), st.data())
def test_laying_is_exact_where_the_mask_is_empty_and_where_it_is_full(
    two: list[Pixels], data: st.DataObject
) -> None:
    picture, result = two
    mask = data.draw(masks(picture.shape[:2]))
    out = laid(picture, result, mask)
    assert out.dtype == picture.dtype
    assert np.array_equal(out[mask == 0], picture[mask == 0])
    assert np.array_equal(out[mask == 255], result[mask == 255])


@given(pictures(2), st.data())
def test_laying_stays_between_the_two(two: list[Pixels], data: st.DataObject) -> None:
    picture, result = two
    out = laid(picture, result, data.draw(masks(picture.shape[:2])))
    assert (out >= np.minimum(picture, result)).all()
    assert (out <= np.maximum(picture, result)).all()


@given(pictures(1), st.data())
def test_laying_a_picture_over_itself_changes_nothing_that_shows(
    one: list[Pixels], data: st.DataObject
) -> None:
    out = laid(one[0], one[0], data.draw(masks(one[0].shape[:2])))
    assert np.array_equal(out, one[0])


def test_what_a_transparent_pixel_hides_never_shows() -> None:
    hidden_red = np.array([[[255, 0, 0, 0]]], np.uint8)
    blue = np.array([[[0, 0, 255, 255]]], np.uint8)
    half = np.array([[128]], np.uint8)
    assert laid(hidden_red, blue, half)[0, 0].tolist() == [0, 0, 255, 128]
