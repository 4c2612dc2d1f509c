from __future__ import annotations

import numpy as np

from sfumato.engines.fill.correspondence import Matcher
from sfumato.imaging.depth import Colour

SIDE, NEW = 128, 40


def moves(hole: np.ndarray) -> tuple[float, float]:
    """How far up or down, and how far to the side, patches of a hole look for their like."""
    rng = np.random.default_rng(0)
    picture: Colour = rng.normal(0.5, 0.02, (SIDE, SIDE, 1)).astype(np.float32)
    matcher = Matcher(picture, hole, ~hole, doubt=1.3)
    field = matcher.random(rng)
    for _ in range(6):
        for _ in matcher.improve(field, rng, SIDE):
            pass
    y, x = np.divmod(matcher.targets, SIDE)
    found_y, found_x = np.divmod(field.source, SIDE)
    deep = hole.ravel()[matcher.targets]
    return float(np.abs(found_y - y)[deep].mean()), float(np.abs(found_x - x)[deep].mean())


def test_what_runs_out_of_the_picture_is_continued_from_beside_it() -> None:
    left, top = np.zeros((2, SIDE, SIDE), bool)
    left[:, :NEW] = True
    top[:NEW] = True
    along, across = moves(left)
    assert along < across / 3
    across, along = moves(top)
    assert along < across / 3


def test_a_hole_inside_is_filled_from_all_around() -> None:
    hole = np.zeros((SIDE, SIDE), bool)
    hole[40:88, 40:88] = True
    down, across = moves(hole)
    assert 0.5 < down / across < 2
