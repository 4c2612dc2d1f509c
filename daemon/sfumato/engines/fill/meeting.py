"""A fill brought to meet its surroundings in colour, on the whole, along its border.

Copies agree with the picture where they overlap it, pixel by pixel; what they bring into the hole
may still be, over a few pixels, a shade lighter or darker than what lies across the border, and
the eye follows such a change along a line. So the mean of a narrow band inside is brought to that
of one outside, stretch by stretch. The shift is smooth, so every detail stays, and it fades out
into the hole. Where the colour changes alike on both sides, as in a sky, so it does across the
border. A difference well above ``SHADE`` is another thing that ends there, and stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

BAND = 4
"""Pixels across each of the bands that are compared."""
STRETCH = 6.0
"""Standard deviation in pixels of the stretch over which a band's colour is averaged."""
DEPTH = 12.0
"""Pixels into the hole over which the shift fades out."""
SHADE = 20 / 255
"""A difference of this size counts a third, one of twice this size nothing (Welsch weights)."""
LEAST = 1e-3
"""A stretch with a smaller share of known pixels than this says less, and none nothing."""


def met(filled: Colour, hole: Area, known: Area) -> Colour:
    """``filled`` (height, width, samples), 0 to 1, with its hole shaded to meet what is known.

    Pixels outside the hole keep every bit. ``known`` are those outside that show what they should.
    """
    near = _around(hole)
    picture, inside, sound = filled[near], hole[near], known[near] & ~hole[near]
    depth, off = _distance(inside), _distance(~inside)
    within, deeper = (_means(picture, inside & _band(depth, at))[0] for at in (0, 1))
    (beyond, share), (farther, _) = (_means(picture, sound & _band(off, at)) for at in (0, 1))
    gap = beyond - within + _common(deeper - within, beyond - farther)
    trust = np.exp(-((np.abs(gap).max(axis=2) / SHADE) ** 2)) * np.minimum(share / LEAST, 1)
    fade = np.where(inside, np.maximum(1 - (depth - 1) / DEPTH, 0), 0)
    shaded = np.clip(picture + (trust * fade)[..., None] * gap, 0, 1)
    result = filled.copy()
    result[near] = np.where(inside[..., None], shaded, picture)
    return result


def _band(distance: NDArray[np.float32], at: int) -> Area:
    """Pixels of the band at the border, 0, or of the one behind it, 1."""
    return np.asarray((distance > at * BAND) & (distance <= (at + 1) * BAND))


def _common(one: Colour, other: Colour) -> Colour:
    """What two changes have in common (minmod): the smaller one, none where their signs differ."""
    smaller = np.minimum(np.abs(one), np.abs(other))
    return np.where(one * other > 0, np.sign(one) * smaller, 0)


def _means(picture: Colour, band: Area) -> tuple[Colour, NDArray[np.float32]]:
    """The mean colour of a band along each stretch, and the share of pixels that are of it."""
    weight = band.astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(weight, (0, 0), STRETCH), np.float32)
    total = cv2.GaussianBlur(picture * weight[..., None], (0, 0), STRETCH).reshape(picture.shape)
    return np.asarray(total / np.maximum(share, 1e-6)[..., None], np.float32), share


def _around(hole: Area) -> tuple[slice, slice]:
    """The hole and all that the stretches around it look at."""
    margin = int(4 * STRETCH) + 2 * BAND
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )


def _distance(area: Area) -> NDArray[np.float32]:
    """Pixels from each pixel of the area to the nearest one outside it."""
    return np.asarray(
        cv2.distanceTransform(area.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    )
