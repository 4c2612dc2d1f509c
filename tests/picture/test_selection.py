"""Selections from mask files, boxes and polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sfumato.picture.picture import PictureError
from sfumato.picture.selection import from_file, with_box, with_polygon
from sfumato_client.geometry import Bounds, Extent
from tests.support.pictures import noise, write


def test_a_gray_mask_is_taken_level_for_level(tmp_path: Path) -> None:
    levels = noise(16, 9, 1, 8)
    for path in (write(tmp_path / "m.png", levels), write(tmp_path / "m.tif", levels)):
        assert np.array_equal(from_file(path, Extent(16, 9)), levels[..., 0])
    rgb = write(tmp_path / "rgb.png", np.repeat(levels, 3, axis=2))
    assert np.array_equal(from_file(rgb, Extent(16, 9)), levels[..., 0])


def test_one_bit_palette_and_16_bit_masks_count_too(tmp_path: Path) -> None:
    levels = noise(16, 9, 1, 8)
    gray = Image.fromarray(levels[..., 0])
    gray.convert("1", dither=Image.Dither.NONE).save(tmp_path / "bits.png")
    gray.convert("P").save(tmp_path / "palette.png")
    write(tmp_path / "deep.png", levels.astype(np.uint16) * 257)
    bits = from_file(tmp_path / "bits.png", Extent(16, 9))
    assert np.array_equal(bits, np.where(levels[..., 0] > 127, 255, 0))
    for name in ("palette.png", "deep.png"):
        assert np.array_equal(from_file(tmp_path / name, Extent(16, 9)), levels[..., 0])


def test_transparency_in_a_mask_selects_nothing(tmp_path: Path) -> None:
    alpha = noise(16, 9, 1, 8)
    white = np.concatenate([np.full((9, 16, 3), 255, np.uint8), alpha], axis=2)
    path = write(tmp_path / "m.png", white)
    assert np.array_equal(from_file(path, Extent(16, 9)), alpha[..., 0])


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = write(tmp_path / "m.png", noise(16, 9, 1, 8))
    with pytest.raises(PictureError, match="is 16x9, the picture 9x16"):
        from_file(path, Extent(9, 16))


def test_boxes_are_half_open_and_cut_at_the_border() -> None:
    selection = np.zeros((10, 20), np.uint8)
    with_box(selection, Bounds.between(15, 8, 30, 12))
    with_box(selection, Bounds.between(-5, -5, 2, 1))
    expected = np.zeros((10, 20), np.uint8)
    expected[8:10, 15:20] = 255
    expected[0:1, 0:2] = 255
    assert np.array_equal(selection, expected)


def test_a_polygon_covers_what_its_corners_enclose() -> None:
    selection = np.zeros((40, 60), np.uint8)
    with_polygon(selection, [(10, 5), (50, 5), (50, 35), (10, 35)])
    expected = np.zeros((40, 60), np.uint8)
    with_box(expected, Bounds.between(10, 5, 50, 35))
    assert np.array_equal(selection, expected)


def test_a_polygon_may_leave_the_picture() -> None:
    selection = np.zeros((40, 60), np.uint8)
    with_polygon(selection, [(-100, -100), (200, -100), (200, 200), (-100, 200)])
    assert selection.min() == 255
