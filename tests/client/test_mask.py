"""The mask in pure Python is the daemon's reference within one level, and keeps its promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.imaging.mask import soft_mask
from sfumato_client import Extent, make_mask
from sfumato_client.mask import reach


def shapes(extent, seed, kind):
    """A selection: a disc, dots, a rectangle at the border, or a disc with a soft edge."""
    rng = np.random.default_rng(seed)
    plane = np.zeros((extent.height, extent.width), np.uint8)
    y, x = np.mgrid[: extent.height, : extent.width]
    middle = rng.uniform(0, 1, 2) * extent
    far = np.hypot(x - middle[0], y - middle[1])
    radius = rng.uniform(1, 1 + max(extent) / 2)
    if kind == "disc":
        plane[far <= radius] = 255
    elif kind == "dots":
        plane[rng.integers(0, extent.height, 9), rng.integers(0, extent.width, 9)] = 255
    elif kind == "border":
        plane[: extent.height // 2, extent.width // 3 :] = 255
    else:
        plane[:] = np.clip((radius - far) * rng.uniform(5, 60) + 128, 0, 255)
    return plane


KINDS = ("disc", "dots", "border", "soft")


def ours(plane, grow, feather):
    extent = Extent(plane.shape[1], plane.shape[0])
    made = make_mask(plane.tobytes(), extent, grow, feather)
    return np.frombuffer(made, np.uint8).reshape(plane.shape).astype(int)


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 70),
    grow=st.floats(0, 32),
    feather=st.floats(0, 64),
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 1000),
)
def test_the_mask_is_the_reference_within_one_level(width, height, grow, feather, kind, seed):
    plane = shapes(Extent(width, height), seed, kind)
    difference = np.abs(ours(plane, grow, feather) - soft_mask(plane, grow, feather))
    assert difference.max() <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("grow", "feather"), [(4, 20), (0, 64), (200, 0), (30, 300), (2.5, 511)])
def test_the_mask_is_the_reference_on_pictures_of_several_tiles(kind, grow, feather):
    plane = shapes(Extent(701, 533), 3, kind)
    difference = np.abs(ours(plane, grow, feather) - soft_mask(plane, grow, feather))
    assert difference.max() <= 1


@given(st.floats(0, 20), st.floats(0, 40), st.integers(0, 100))
def test_what_is_selected_stays_covered_and_nothing_is_touched_beyond_the_reach(
    grow, feather, seed
):
    plane = np.zeros((140, 150), np.uint8)
    plane[60:80, 70:90] = np.random.default_rng(seed).integers(1, 256, (20, 20))
    mask = ours(plane, grow, feather)
    assert (mask >= plane).all()
    far = reach(grow, feather)
    mask[60 - far : 80 + far, 70 - far : 90 + far] = 0
    assert not mask.any()


def test_a_hard_selection_is_full_through_grow_and_fades_monotonically():
    plane = np.zeros((9, 200), np.uint8)
    plane[:, :80] = 255
    line = ours(plane, 6.5, 21)[4]
    assert (line[: 80 + 6] == 255).all()
    assert (np.diff(line) <= 0).all()
    assert (line[80 + math.ceil(6.5 + 21) :] == 0).all()


def test_without_grow_and_feather_the_mask_is_the_selection():
    plane = shapes(Extent(40, 30), 1, "soft")
    assert (ours(plane, 0, 0) == plane).all()


def test_nothing_selected_masks_nothing():
    assert make_mask(bytes(100), Extent(10, 10), 4, 8) == bytes(100)


@pytest.mark.parametrize(("grow", "feather"), [(-1, 0), (0, -1), (math.nan, 0)])
def test_negative_lengths_are_an_error(grow, feather):
    with pytest.raises(ValueError, match="at least 0"):
        make_mask(bytes(4), Extent(2, 2), grow, feather)


def test_a_selection_of_another_size_is_an_error():
    with pytest.raises(ValueError, match="bytes"):
        make_mask(bytes(5), Extent(2, 2), 0, 0)
