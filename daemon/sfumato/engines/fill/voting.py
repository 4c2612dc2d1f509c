"""Pixels of a hole from the patches that its own patches correspond to."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from sfumato.engines.fill.correspondence import RADIUS, Field, Indices, Matcher
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

OFF_CENTRE = 0.25
"""How much a squared pixel off its centre adds to a patch's cost where one must be chosen."""

GUESSED = 2
"""How dear patches of mostly guessed pixels are there: by this power of their mean trust."""

CHUNK = 1 << 16
"""Patches that vote at once: enough to be quick, few enough to fit in memory."""


def averaged(matcher: Matcher, field: Field) -> Colour:
    """What all patches over a pixel say of it, on average (Wexler et al., 2007).

    The whole picture's size; pixels that no patch covers, and known ones too far from the hole to
    matter, keep their values. Alike patches have more say, and those with more known pixels.
    """
    spread = 2 * np.percentile(field.cost, 75) + 1e-8
    say = np.asarray(np.exp(-field.cost / spread) * matcher.trust + 1e-12, np.float32)
    total = np.zeros(matcher.flat.shape, np.float32)
    weight = np.zeros(matcher.hole.size)
    for start in range(0, say.size, CHUNK):
        part = slice(start, start + CHUNK)
        pixels = (matcher.targets[part, None] + matcher.offsets).ravel()
        says = np.repeat(say[part], matcher.offsets.size)
        patches = matcher.patches_at(field.source[part]).reshape(pixels.size, -1)
        every = np.arange(pixels.size + 1)
        votes = csc_array((says, pixels, every), (weight.size, pixels.size))
        total += votes @ patches
        weight += np.bincount(pixels, says, weight.size)
    covered = np.flatnonzero(weight)
    result = matcher.flat.copy()
    result[covered] = total[covered] / weight[covered, None]
    return result.reshape(matcher.picture.shape)


def origins(matcher: Matcher, field: Field) -> tuple[Indices, Area]:
    """Where to copy each pixel from: flat indices, and which pixels have a place to copy from.

    Those are the hole and a ring of a few pixels around it; each takes the best patch over it.
    Copies keep what averages lose: the grain, and every bit of a deep sample.
    """
    across = np.arange(-RADIUS, RADIUS + 1)
    aside = 1 + OFF_CENTRE * (across[:, None] ** 2 + across**2).ravel()
    price = (field.cost + 1e-8) / matcher.trust**GUESSED
    lowest = np.full(matcher.hole.size, np.inf)
    origin = np.arange(matcher.hole.size)
    for offset, factor in zip(matcher.offsets, aside, strict=True):
        cost = price * factor
        pixel = matcher.targets + offset
        better = cost < lowest[pixel]
        lowest[pixel[better]] = cost[better]
        origin[pixel[better]] = field.source[better] + offset
    return origin, np.isfinite(lowest).reshape(matcher.hole.shape)


def guessed(matcher: Matcher, pixels: Colour) -> Colour:
    """The matcher's picture with other pixels in its hole."""
    return np.where(matcher.hole[..., None], pixels, matcher.picture)
