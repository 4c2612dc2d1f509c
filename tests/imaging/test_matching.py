from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from sfumato.imaging.colour import LIMIT, correction
from sfumato.imaging.depth import Colour, as_float
from sfumato.imaging.matching import matched
from sfumato.imaging.metrics import psnr, ring_difference, sharpness_ratio

PHOTO = as_float(skimage.data.astronaut())
AREA = np.zeros(PHOTO.shape[:2], bool)
AREA[180:340, 140:360] = True
RING = ndimage.binary_dilation(AREA, iterations=6) & ~AREA
SHIFT = np.array([14, 4, -12], np.float32) / 255
SLOPE = np.linspace(-18 / 255, 18 / 255, 512, dtype=np.float32)[None, :, None]


def mended(generated: Colour) -> Colour:
    return matched(generated, PHOTO, AREA, RING)


def pasted(generated: Colour) -> Colour:
    return np.where(AREA[..., None], generated, PHOTO)


def with_bars(colour: Colour) -> Colour:
    barred = colour.copy()
    rng = np.random.default_rng(1)
    for _ in range(8):
        start, end = (tuple(int(v) for v in rng.integers(0, 512, 2)) for _ in range(2))
        cv2.line(barred, start, end, tuple(float(v) for v in rng.random(3)), 16)
    return barred


def test_an_untouched_photograph_stays_untouched() -> None:
    assert np.array_equal(mended(PHOTO), PHOTO)


def test_content_without_a_shift_is_left_alone() -> None:
    wanted = with_bars(PHOTO)
    assert psnr(wanted, wanted + correction(wanted, PHOTO, RING), AREA) > 50


def test_a_shift_of_colour_is_taken_back() -> None:
    generated = PHOTO + SHIFT
    assert psnr(PHOTO, mended(generated), AREA) > psnr(PHOTO, generated, AREA) + 20
    own = ring_difference(PHOTO, AREA)
    assert ring_difference(pasted(np.clip(mended(generated), 0, 1)), AREA) <= own * 1.1
    assert ring_difference(pasted(np.clip(generated, 0, 1)), AREA) > own * 1.5


@pytest.mark.parametrize("fault", [PHOTO + SLOPE, PHOTO * 1.08], ids=["slope", "light"])
def test_a_slope_and_more_light_are_taken_back(fault: Colour) -> None:
    assert psnr(PHOTO, mended(fault), AREA) > psnr(PHOTO, fault, AREA) + 15


@pytest.mark.parametrize("fault", [SHIFT, SLOPE], ids=["shift", "slope"])
def test_content_that_crosses_the_seam_is_not_smeared_inwards(fault: Colour) -> None:
    wanted = with_bars(PHOTO)
    generated = wanted + fault
    assert psnr(wanted, mended(generated), AREA) > psnr(wanted, generated, AREA) + 10


def test_detail_that_a_blur_took_comes_back() -> None:
    grainy = PHOTO + np.random.default_rng(0).normal(0, 2 / 255, PHOTO.shape).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(grainy, (0, 0), 0.8), np.float32)
    result = matched(soft, grainy, AREA, RING)
    assert sharpness_ratio(grainy, soft, AREA) < 0.7
    assert sharpness_ratio(grainy, result, AREA) == pytest.approx(1, abs=0.15)
    assert np.array_equal(result, matched(soft, grainy, AREA, RING))


def test_outside_the_area_nothing_changes() -> None:
    generated = PHOTO + SHIFT
    assert np.array_equal(mended(generated)[~AREA], generated[~AREA])


def test_without_a_ring_nothing_changes() -> None:
    nowhere = np.zeros_like(RING)
    assert np.array_equal(matched(PHOTO + SHIFT, PHOTO, AREA, nowhere), PHOTO + SHIFT)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.integers(0, 2**31))
def test_any_size_is_corrected_by_no_more_than_the_limit(
    height: int, width: int, samples: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    colour, picture = rng.random((2, height, width, samples), dtype=np.float32)
    ring = rng.random((height, width)) < 0.3
    assert matched(colour, picture, ~ring, ring).shape == colour.shape
    assert np.abs(correction(colour, picture, ring)).max() <= LIMIT + 1e-6


@pytest.mark.parametrize("samples", [1, 3])
def test_a_constant_shift_is_taken_back_whatever_the_size(samples: int) -> None:
    picture = np.full((37, 53, samples), 0.5, np.float32)
    area = np.zeros((37, 53), bool)
    area[9:30, 11:40] = True
    result = matched(picture - 0.05, picture, area, ~area)
    assert np.abs(result[area] - 0.5).max() < 1e-3
