"""Small steps evened out: between copies from different places, and towards the surroundings.

Two copies that meet in a sky are each true to the sky they come from and a level or two apart,
which shows as a faint edge. Here every pixel gets a shift of colour, as slowly changing as can be,
that takes such steps away: shifts of neighbours should differ by the step between them, and in the
ring around the hole the shifted copies should be the picture. It is Poisson blending (Perez et al.,
2003) with a limit: a step well above ``STEP`` is an edge of the content, and is left alone, where
Poisson blending would smear it over the hole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.correspondence import Indices
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

STEP = 12 / 255
"""A step of this size between copies counts a third, one of twice this size nothing (Welsch
weights)."""
GAP = 60 / 255
"""The same for the step between a copy and the picture in the ring: copies are chosen to agree
there, so that a larger one may still be a matter of light."""
MEETING = 20.0
"""Weight of meeting the picture at a pixel of the ring, beside 1 for a pair of neighbours."""
REST = 1e-4
"""Weight of no shift at all, which decides where nothing else does."""
ITERATIONS = 200

Steps = NDArray[np.float64]


def evened(copies: Copies, ring: Area) -> Colour:
    """The picture with its copies in place, evened out; in ``ring`` the picture is the truth."""
    height, width, samples = copies.picture.shape
    flat = copies.picture.reshape(-1, samples).astype(np.float64)
    colour = flat[copies.origin]
    pixels = np.flatnonzero(copies.reached)
    number = np.full(height * width, -1)
    number[pixels] = np.arange(pixels.size)
    left = csr_array((pixels.size, pixels.size))
    right = np.zeros((pixels.size, samples))
    for first, second, step in _steps(copies, flat):
        trust = _trust(step, STEP)
        between = _differences(number[first], number[second], np.ones_like(trust), pixels.size)
        weighted = _differences(number[first], number[second], trust, pixels.size).T
        left = left + weighted @ between
        right += weighted @ step
    error = flat[pixels] - colour[pixels]
    meeting = MEETING * _trust(error, GAP) * ring.ravel()[pixels]
    own = np.arange(pixels.size + 1)
    left = left + csr_array((meeting + REST, own[:-1], own))
    right += meeting[:, None] * error
    shift = _solved(left, right)
    result = flat.copy()
    result[pixels] = colour[pixels] + shift
    return np.asarray(result, np.float32).reshape(copies.picture.shape)


def _steps(copies: Copies, flat: Steps) -> Iterator[tuple[Indices, Indices, Steps]]:
    """Pairs of copied neighbours, and by how much the first should rise above the second.

    That is 0 within one copy; between two it is the step that neither copy has in its own place.
    """
    height, width = copies.reached.shape
    index = np.arange(height * width).reshape(height, width)
    for first, second in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:])):
        both = copies.reached.ravel()[first] & copies.reached.ravel()[second]
        one, other = first[both], second[both]
        move = other - one
        from_one, from_other = copies.origin[one], copies.origin[other]
        beyond_one = np.clip(from_one + move, 0, flat.shape[0] - 1)
        beyond_other = np.clip(from_other - move, 0, flat.shape[0] - 1)
        step = (flat[from_other] - flat[beyond_one]) - (flat[from_one] - flat[beyond_other])
        yield one, other, step / 2


def _trust(step: Steps, limit: float) -> NDArray[np.float64]:
    """How much a step of this height counts: a third at the limit."""
    return np.asarray(np.exp(-((np.abs(step).max(axis=1) / limit) ** 2)))


def _differences(one: Indices, other: Indices, weight: NDArray[np.float64], size: int) -> csr_array:
    """The matrix (pairs, size) that takes the differences ``weight * (one - other)``."""
    columns = np.stack([one, other], axis=1).ravel()
    signs = np.stack([weight, -weight], axis=1).ravel()
    return csr_array((signs, columns, np.arange(0, columns.size + 1, 2)), (one.size, size))


def _solved(left: csr_array, right: Steps) -> Steps:
    """Conjugate gradients, preconditioned by the diagonal, for all samples at once.

    A fixed number of iterations: errors that are left are smoother than the eye can tell.
    """
    scale = 1 / left.diagonal()[:, None]
    solution, residual = np.zeros_like(right), right.copy()
    direction = scale * residual
    power = _dots(residual, direction)
    for _ in range(ITERATIONS):
        image = left @ direction
        length = power / np.maximum(_dots(direction, image), 1e-300)
        solution += length * direction
        residual -= length * image
        scaled = scale * residual
        power, before = _dots(residual, scaled), power
        direction = scaled + power / np.maximum(before, 1e-300) * direction
    return solution


def _dots(one: Steps, other: Steps) -> Steps:
    """The scalar product of each sample's column; BLAS threads would cost more than they save."""
    return np.asarray(np.einsum("ij,ij->j", one, other))
