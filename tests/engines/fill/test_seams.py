"""Seams between copies: where they run, and what they leave of the copies."""

from __future__ import annotations

import numpy as np

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.seams import Shifts, joined

SIDE = 48


def _patchwork(seed: int = 0) -> tuple[Copies, np.ndarray]:
    """A hole in stripes 12 px apart, copied pixel by pixel from the wrong or the right period."""
    rng = np.random.default_rng(seed)
    stripes = 0.5 + 0.4 * np.sin(2 * np.pi * np.arange(SIDE) / 12)
    picture = np.broadcast_to(stripes[None, :, None], (SIDE, SIDE, 1)).astype(np.float32)
    hole = np.zeros((SIDE, SIDE), bool)
    hole[18:30, 18:30] = True
    across = np.where(rng.random((SIDE, SIDE)) < 0.5, -12, rng.integers(12, 16, (SIDE, SIDE)))
    index = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    reached = np.zeros((SIDE, SIDE), bool)
    reached[16:32, 16:32] = True
    origin = np.where(reached, index + across, index)
    return Copies(picture, reached, origin.ravel()), hole


def _error(copies: Copies, origin: np.ndarray) -> float:
    copied = copies.picture.reshape(-1)[origin]
    return float(np.abs(copied - copies.picture.reshape(-1)).mean())


def _improved(copies: Copies, hole: np.ndarray) -> np.ndarray:
    wanted = np.where(hole[..., None], np.float32(0.5), copies.picture)
    shifts = Shifts(copies, ~hole, wanted, ~hole)
    for _ in shifts.improved((4, 2, 1)):
        pass
    return shifts.origin()


def test_copies_that_fit_each_other_take_the_place_of_those_that_do_not() -> None:
    copies, hole = _patchwork()
    origin = _improved(copies, hole)
    assert _error(copies, origin) < _error(copies, copies.origin) / 3


def test_fewer_shifts_are_left_and_all_of_them_lead_to_what_may_be_copied() -> None:
    copies, hole = _patchwork()
    origin = _improved(copies, hole)
    index = np.arange(origin.size)
    inside = copies.reached.ravel()
    assert not hole.ravel()[origin].any()
    assert np.array_equal(origin[~inside], index[~inside])
    before = np.unique((copies.origin - index)[inside]).size
    assert np.unique((origin - index)[inside]).size < before


def test_the_same_copies_get_the_same_seams() -> None:
    copies, hole = _patchwork(3)
    assert np.array_equal(_improved(copies, hole), _improved(copies, hole))


def test_copies_run_into_each_other_at_a_seam_only() -> None:
    picture = np.random.default_rng(0).random((SIDE, SIDE, 3)).astype(np.float32)
    index = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    reached = np.zeros((SIDE, SIDE), bool)
    reached[20:28, 10:38] = True
    down = np.where(np.arange(SIDE) < 24, 10, -12)[None, :]
    copies = Copies(picture, reached, np.where(reached, index + down * SIDE, index).ravel())
    filled = picture.reshape(-1, 3)[copies.origin].reshape(picture.shape)
    result = joined(copies, filled, ~reached)
    changed = (result != filled).any(axis=2)
    assert changed[21:27, 23:25].all()
    assert not changed[21:27, 12:23].any()
    assert not changed[21:27, 25:36].any()
