from __future__ import annotations

import numpy as np

from sfumato.engines.fill.grain import grained
from sfumato.engines.fill.thin import smooth_surface
from sfumato.imaging.metrics import sharpness_ratio

ROWS, COLUMNS = np.mgrid[:120, :200]
HILLS = (0.4 + 0.1 * np.sin(COLUMNS / 40) + 0.1 * np.cos(ROWS / 23)).astype(np.float32)[..., None]
WIRE = np.abs(ROWS - 20 - COLUMNS * 0.4) < 5


def test_a_wire_removed_from_a_grainy_sky_leaves_its_grain() -> None:
    grain = np.random.default_rng(0).normal(0, 0.01, HILLS.shape).astype(np.float32)
    picture = HILLS + grain
    smooth = smooth_surface(picture, WIRE, ~WIRE)
    assert sharpness_ratio(picture, smooth, WIRE) < 0.5
    assert 0.8 < sharpness_ratio(picture, grained(smooth, WIRE, ~WIRE), WIRE) < 1.2


def test_a_clean_gradient_stays_clean() -> None:
    smooth = smooth_surface(HILLS, WIRE, ~WIRE)
    assert np.abs(grained(smooth, WIRE, ~WIRE) - smooth).max() < 1e-3


def test_edges_are_not_borrowed() -> None:
    picture = HILLS.copy()
    picture[:, ::40] = 1.0
    smooth = smooth_surface(picture, WIRE, ~WIRE)
    assert np.abs(grained(smooth, WIRE, ~WIRE) - smooth).max() < 0.05


def test_nothing_outside_the_hole_changes() -> None:
    picture = np.random.default_rng(1).random((60, 60, 3), dtype=np.float32)
    hole = np.zeros((60, 60), bool)
    hole[20:24, 10:50] = True
    assert np.array_equal(grained(picture, hole, ~hole)[~hole], picture[~hole])


def test_without_anything_clear_around_nothing_is_added() -> None:
    picture = np.random.default_rng(1).random((5, 5, 3), dtype=np.float32)
    hole = np.zeros((5, 5), bool)
    hole[2] = True
    assert np.array_equal(grained(picture, hole, ~hole), picture)
