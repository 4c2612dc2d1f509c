"""Places that are copied too often get dear, where a hole runs out of the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sfumato.engines.fill.correspondence import Matcher
from sfumato.engines.fill.crowding import PRICE, crowding
from sfumato.imaging.depth import Colour

SIDE, NEW = 96, 30
SHAPE = (20, 30)


def test_a_place_copied_once_costs_nothing_and_one_copied_thrice_does() -> None:
    y, x = np.mgrid[2:18:2, 2:28:2]
    once = (y * SHAPE[1] + x).ravel()
    assert not crowding(once, SHAPE, 7, 49 / 4 + 4).any()
    thrice = crowding(np.repeat(once, 3), SHAPE, 8, 16).reshape(SHAPE)
    assert thrice[10, 15] == pytest.approx(2 * PRICE)
    assert thrice[0, 0] < thrice[10, 15]


def most_copied(price: float, monkeypatch: pytest.MonkeyPatch) -> float:
    """How often the place that is copied most often is, in a strip added to a picture."""
    monkeypatch.setattr("sfumato.engines.fill.crowding.PRICE", price)
    rng = np.random.default_rng(0)
    picture: Colour = rng.normal(0.5, 0.01, (SIDE, SIDE, 1)).astype(np.float32)
    hole = np.zeros((SIDE, SIDE), bool)
    hole[:, :NEW] = True
    matcher = Matcher(picture, hole, ~hole, doubt=1.3)
    field = matcher.random(rng)
    for _ in range(6):
        for _ in matcher.improve(field, rng, SIDE):
            pass
        field = matcher.measured(field.source)
    used = np.bincount(field.source, minlength=hole.size).reshape(hole.shape)
    return float(cv2.blur(used.astype(np.float32), (7, 7)).max())


def test_the_strip_beside_new_canvas_is_not_copied_over_and_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert most_copied(PRICE, monkeypatch) < 0.85 * most_copied(0.0, monkeypatch)
