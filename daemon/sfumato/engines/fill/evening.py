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

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.correspondence import Indices
from sfumato.engines.fill.holes import Area
from sfumato.engines.fill.relaxation import Pairs, relaxed
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

Steps = NDArray[np.float64]


def evened(copies: Copies, ring: Area) -> Colour:
    """The picture with its copies in place, evened out; in ``ring`` the picture is the truth."""
    height, width, samples = copies.picture.shape
    flat = copies.picture.reshape(-1, samples).astype(np.float64)
    colour = flat[copies.origin]
    pixels = np.flatnonzero(copies.reached)
    number = np.full(height * width, -1)
    number[pixels] = np.arange(pixels.size)
    error = flat[pixels] - colour[pixels]
    meeting = MEETING * _trust(error, GAP) * ring.ravel()[pixels]
    right = meeting[:, None] * error
    pairs = []
    for first, second, step in _steps(copies, flat):
        one, other, trust = number[first], number[second], _trust(step, STEP)
        # One pixel is the first of at most one pair in a direction, and the second of one.
        right[one] += trust[:, None] * step
        right[other] -= trust[:, None] * step
        pairs.append(Pairs(one, other, trust))
    coupled = Pairs(*(np.concatenate(part) for part in zip(*pairs, strict=True)))
    shift = relaxed(coupled, meeting + REST, right, *np.divmod(pixels, width))
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
