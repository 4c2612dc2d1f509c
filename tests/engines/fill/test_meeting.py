from __future__ import annotations

import cv2
import numpy as np
import pytest

from sfumato.engines.fill.meeting import DEPTH, SHADE, met
from sfumato.imaging.metrics import edge_ratio, ring_difference

SHAPE = (120, 150)
HOLE = np.zeros(SHAPE, bool)
HOLE[30:90, 40:110] = True
DEEP = cv2.distanceTransform(HOLE.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > DEPTH + 1


def texture(samples: int = 3) -> np.ndarray:
    rng = np.random.default_rng(3)
    return (0.5 + rng.normal(0, 0.05, (*SHAPE, samples))).astype(np.float32)


def off_by(step: float, samples: int = 3) -> np.ndarray:
    """A texture, lighter by ``step`` in its hole."""
    return texture(samples) + np.float32(step) * HOLE[..., None]


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("step", [-9 / 255, 5 / 255, 9 / 255])
def test_a_fill_a_shade_off_meets_its_surroundings(step: float, samples: int) -> None:
    before = off_by(step, samples)
    after = met(before, HOLE, ~HOLE)
    assert ring_difference(after, HOLE) < 0.6 * ring_difference(before, HOLE)
    assert edge_ratio(after, HOLE) < edge_ratio(before, HOLE)


def test_one_side_that_is_off_is_shaded_and_the_other_left() -> None:
    before = np.full((*SHAPE, 1), 0.5, np.float32)
    before[30:90, 40:75] += 10 / 255
    after = met(before, HOLE, ~HOLE)
    assert np.abs(after[40:80, 40] - 0.5).max() < 5 / 255
    assert np.abs(after[45:75, 109] - 0.5).max() < 1e-4


@pytest.mark.parametrize("step", [-3 * SHADE, 3 * SHADE])
def test_another_thing_that_ends_at_the_border_stays(step: float) -> None:
    before = off_by(step)
    assert np.abs(met(before, HOLE, ~HOLE) - before).max() < 0.5 / 255


def test_every_detail_stays() -> None:
    before = off_by(10 / 255)
    shift = (met(before, HOLE, ~HOLE) - before)[30:90, 40:110]
    assert np.abs(shift).max() > 5 / 255
    for axis in (0, 1):
        assert np.abs(np.diff(shift, axis=axis)).max() < 2 / 255


def test_nothing_outside_and_nothing_deep_inside_changes_by_a_bit() -> None:
    before = off_by(10 / 255)
    after = met(before, HOLE, ~HOLE)
    assert np.array_equal(after[~HOLE], before[~HOLE])
    assert np.array_equal(after[DEEP], before[DEEP])


def test_what_is_not_known_says_nothing() -> None:
    before = off_by(10 / 255)
    known = ~HOLE
    known[:, :75] = False
    after = met(before, HOLE, known)
    assert np.array_equal(after[:, :50], before[:, :50])
    assert np.abs(after - before)[:, 100:].max() > 5 / 255
    assert np.array_equal(met(before, HOLE, np.zeros(SHAPE, bool)), before)


@pytest.mark.parametrize("side", ["left", "whole rows"])
def test_a_hole_that_runs_out_of_the_picture_meets_what_there_is(side: str) -> None:
    hole = np.zeros(SHAPE, bool)
    hole[:, :40] = True
    if side == "whole rows":
        hole[:50] = True
    before = np.where(hole[..., None], np.float32(0.54), np.float32(0.5))
    after = met(before, hole, ~hole)
    assert np.abs(after[80:, 39] - 0.5).max() < 0.02
    assert np.array_equal(after[:, 60:][~hole[:, 60:]], before[:, 60:][~hole[:, 60:]])
    assert np.array_equal(after[55:, :20], before[55:, :20])


@pytest.mark.parametrize("slope", [0.2 / 255, 1 / 255, 3 / 255])
def test_a_gradient_goes_on_across_the_border(slope: float) -> None:
    rows, columns = np.indices(SHAPE)
    before = (0.2 + slope * (0.6 * columns + 0.8 * rows) / 2)[..., None].astype(np.float32)
    after = met(before, HOLE, ~HOLE)
    assert np.abs(after - before).max() < 0.25 * 4 * slope
