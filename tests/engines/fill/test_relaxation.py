from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from sfumato.engines.fill.relaxation import Pairs, relaxed

HEIGHT, WIDTH = 30, 40
INDEX = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
COUNT = INDEX.size
Y, X = (each.ravel() for each in np.indices(INDEX.shape))


def neighbours(weak: float) -> Pairs:
    """All neighbours, a fifth of them coupled weakly."""
    one = np.concatenate([INDEX[:, :-1].ravel(), INDEX[:-1].ravel()])
    other = np.concatenate([INDEX[:, 1:].ravel(), INDEX[1:].ravel()])
    odd = np.random.default_rng(1).random(one.size) < 0.2
    return Pairs(one, other, np.where(odd, weak, 1.0))


def exact(pairs: Pairs, own: np.ndarray, right: np.ndarray) -> np.ndarray:
    left = np.diag(own)
    for one, other, weight in zip(*pairs, strict=True):
        left[one, one] += weight
        left[other, other] += weight
        left[one, other] -= weight
        left[other, one] -= weight
    return np.asarray(spsolve(csc_array(left), right)).reshape(right.shape)


@pytest.mark.parametrize("weak", [1.0, 0.05, 1e-9])
@pytest.mark.parametrize("samples", [1, 3])
def test_it_is_solved_also_far_from_what_is_known_and_beyond_weak_couplings(
    weak: float, samples: int
) -> None:
    rng = np.random.default_rng(0)
    pairs = neighbours(weak)
    known = (Y == 0) | (X == 0)
    own = np.where(known, 20.0, 1e-4)
    right = np.where(known[:, None], own[:, None] * rng.normal(0, 0.1, (COUNT, samples)), 0)
    right += rng.normal(0, 0.02, (COUNT, samples))
    truth = exact(pairs, own, right)
    error = np.abs(relaxed(pairs, own, right, Y, X) - truth) / np.ptp(truth)
    assert error.max() < 0.02
    assert error.mean() < 0.001


def test_the_samples_are_solved_each_for_itself() -> None:
    pairs, own = neighbours(0.1), np.full(COUNT, 0.01)
    right = np.random.default_rng(3).normal(0, 0.01, (COUNT, 2))
    both = relaxed(pairs, own, right, Y, X)
    first = relaxed(pairs, own, right[:, :1], Y, X)
    assert np.allclose(both[:, :1], first, atol=1e-5)


def test_a_single_unknown_is_its_own_answer() -> None:
    nobody = np.zeros(0, np.int64)
    alone = relaxed(
        Pairs(nobody, nobody, np.zeros(0)),
        np.array([2.0]),
        np.array([[0.5]]),
        np.zeros(1, int),
        np.zeros(1, int),
    )
    assert alone == pytest.approx(0.25)
