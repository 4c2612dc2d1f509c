from __future__ import annotations

import numpy as np
import pytest

from sfumato.imaging.depth import as_float, converted, dithered


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_level_at_every_place_returns_from_float_exactly(dtype: type) -> None:
    levels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(-1, 16, 1)
    for shift in range(8):
        for drop in range(8):
            assert np.array_equal(dithered(as_float(levels), dtype, shift, drop), levels)


def test_a_gradient_between_two_levels_keeps_its_mean() -> None:
    gradient = np.broadcast_to(np.linspace(100 / 255, 102 / 255, 512, dtype=np.float32), (64, 512))
    levels = dithered(gradient[..., None], np.uint8)[..., 0]
    columns = levels.reshape(64, 64, 8).mean(axis=(0, 2))
    assert np.abs(columns - gradient[0].reshape(64, 8).mean(axis=1) * 255).max() < 0.04
    assert set(np.unique(levels)) == {100, 101, 102}


def test_pieces_side_by_side_share_one_pattern() -> None:
    colour = np.full((20, 30, 3), 0.4567, np.float32)
    whole = dithered(colour, np.uint8, left=5, top=3)
    assert np.array_equal(dithered(colour[4:, 11:], np.uint8, left=16, top=7), whole[4:, 11:])


def test_floats_beyond_the_range_are_clipped() -> None:
    colour = np.array([[[-0.5], [1.5]]], np.float32)
    assert dithered(colour, np.uint16).tolist() == [[[0], [65535]]]


def test_eight_bit_survives_sixteen() -> None:
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(converted(converted(levels, np.uint16), np.uint8), levels)


def test_sixteen_bit_becomes_the_nearest_eight_bit_level() -> None:
    levels = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(converted(levels, np.uint8), np.round(levels / 257).astype(np.uint8))
