"""Pixels of a hole from the patches that its own patches correspond to."""

from __future__ import annotations

import numpy as np

from sfumato.engines.fill.correspondence import RADIUS, Field, Matcher
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

OFF_CENTRE = 0.25
"""How much a squared pixel off its centre adds to a patch's cost where one must be chosen."""


def averaged(matcher: Matcher, field: Field) -> tuple[Colour, Area]:
    """What all patches over a pixel say of it on average, and which pixels that speaks of.

    These are the hole and a ring around it, where the truth is known: the difference there tells
    how far the patches' colours are from those around the hole.
    """
    say = np.exp(-field.cost / (2 * np.percentile(field.cost, 75) + 1e-8)) + 1e-6
    total = np.zeros(matcher.flat.shape)
    weight = np.zeros(matcher.hole.size)
    for offset in matcher.offsets:
        total[matcher.targets + offset] += matcher.flat[field.source + offset] * say[:, None]
        weight[matcher.targets + offset] += say
    covered = weight > 0
    result = matcher.flat.copy()
    result[covered] = total[covered] / weight[covered, None]
    return result.reshape(matcher.picture.shape), covered.reshape(matcher.hole.shape)


def copied(matcher: Matcher, field: Field) -> Colour:
    """The picture with each pixel of its hole copied from the best patch over it.

    Copies keep what averages lose: the grain, and every bit of a deep sample.
    """
    across = np.arange(-RADIUS, RADIUS + 1)
    aside = 1 + OFF_CENTRE * (across[:, None] ** 2 + across**2).ravel()
    lowest = np.full(matcher.hole.size, np.inf)
    origin = np.arange(matcher.hole.size)
    for offset, factor in zip(matcher.offsets, aside, strict=True):
        cost = (field.cost + 1e-8) * factor
        pixel = matcher.targets + offset
        better = cost < lowest[pixel]
        lowest[pixel[better]] = cost[better]
        origin[pixel[better]] = field.source[better] + offset
    hole = matcher.hole.ravel()
    result = matcher.flat.copy()
    result[hole] = matcher.flat[origin[hole]]
    return result.reshape(matcher.picture.shape)
