from __future__ import annotations

import numpy as np
import pytest

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.evening import evened

SHAPE = (60, 90)
INDEX = np.arange(60 * 90).reshape(SHAPE)
HOLE = np.zeros(SHAPE, bool)
HOLE[20:40, 30:60] = True
REACHED = np.zeros(SHAPE, bool)
REACHED[14:46, 24:66] = True


def copied_from(picture: np.ndarray, left: int, right: int) -> np.ndarray:
    """The reached part copied in two halves, from so many rows above or below."""
    origin = INDEX.copy()
    origin[:, :45][REACHED[:, :45]] += left * SHAPE[1]
    origin[:, 45:][REACHED[:, 45:]] += right * SHAPE[1]
    return evened(Copies(picture, REACHED, origin.ravel()), REACHED & ~HOLE)


def bands(height: float) -> np.ndarray:
    """Each row a little brighter: what is copied from above or below is off by a step."""
    rows = np.indices(SHAPE)[0]
    return (0.5 + height * (rows - 30) / 28)[..., None].astype(np.float32)


def test_copies_a_little_too_bright_and_too_dark_become_what_is_around() -> None:
    picture = bands(8 / 255)
    even = copied_from(picture, -14, 14)
    assert np.abs(even - picture)[HOLE].max() < 0.5 / 255


@pytest.mark.parametrize("samples", [1, 3])
def test_an_edge_of_the_content_stays_an_edge(samples: int) -> None:
    picture = np.full((*SHAPE, samples), 0.2, np.float32)
    picture[:12] = 0.8
    origin = INDEX.copy()
    origin[25:35, 40:50] = INDEX[1:11, 40:50]
    even = evened(Copies(picture, REACHED, origin.ravel()), REACHED & ~HOLE)
    assert even[30, 45].min() > 0.7
    assert even[22, 34].max() < 0.3


def test_what_agrees_already_stays_as_it_is() -> None:
    picture = np.full((*SHAPE, 3), 0.4, np.float32)
    assert np.abs(copied_from(picture, -14, 14) - picture).max() < 1e-6


def test_nothing_that_is_not_copied_changes() -> None:
    picture = np.random.default_rng(0).random((*SHAPE, 3), dtype=np.float32)
    assert np.array_equal(copied_from(picture, -14, 14)[~REACHED], picture[~REACHED])
