from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from scipy import ndimage

from sfumato.imaging.depth import Colour, as_float
from sfumato.imaging.metrics import edge_ratio, psnr, ring_difference, sharpness_ratio, ssim

PHOTO = as_float(skimage.data.astronaut())
AREA = np.zeros(PHOTO.shape[:2], bool)
AREA[180:340, 140:360] = True


def with_inside(inside: Colour) -> Colour:
    return np.where(AREA[..., None], inside, PHOTO)


def test_equal_pictures_score_best() -> None:
    assert psnr(PHOTO, PHOTO, AREA) == float("inf")
    assert ssim(PHOTO, PHOTO, AREA) == pytest.approx(1)
    assert sharpness_ratio(PHOTO, PHOTO, AREA) == 1


def test_psnr_is_that_of_the_area_alone() -> None:
    assert psnr(PHOTO, with_inside(PHOTO + 0.1), AREA) == pytest.approx(20, abs=1e-3)
    assert psnr(PHOTO, with_inside(PHOTO + 0.1), ~AREA) == float("inf")


def test_ssim_falls_with_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, PHOTO.shape).astype(np.float32)
    assert ssim(PHOTO, with_inside(PHOTO + noise), AREA) < 0.7


def test_blur_shows_in_sharpness() -> None:
    assert sharpness_ratio(PHOTO, with_inside(cv2.GaussianBlur(PHOTO, (0, 0), 3)), AREA) < 0.5


def test_a_step_at_the_border_shows_in_the_edge_ratio_and_the_ring() -> None:
    paler = with_inside(np.clip(PHOTO + 0.1, 0, 1))
    assert edge_ratio(paler, AREA) > edge_ratio(PHOTO, AREA) * 1.5
    assert ring_difference(paler, AREA) > ring_difference(PHOTO, AREA) * 1.5


def test_a_photograph_cut_at_random_has_no_edge() -> None:
    gravel = as_float(skimage.data.gravel()[..., None])
    assert edge_ratio(gravel, AREA) == pytest.approx(1, abs=0.1)


def test_every_part_of_an_area_counts_in_the_ring() -> None:
    two = AREA.copy()
    two[20:60, 20:60] = True
    corner = ndimage.binary_dilation(two & ~AREA)
    flat = np.full(PHOTO.shape, 0.5, np.float32)
    flat[corner] = 0.6
    assert ring_difference(flat, two) > 0
    assert ring_difference(np.full(PHOTO.shape, 0.5, np.float32), two) == 0
