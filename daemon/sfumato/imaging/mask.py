"""The mask M of a selection S: the reference that every editor's own mask is tested against.

``M = max(S, blur(dilate(S, grow + feather / 2), sigma=feather / 6, cut at feather / 2))``

For a hard S, M is full through ``grow`` px outside it and then falls to 0 over ``feather`` px: what
was selected is covered, and the fade lies outside it. A symmetric blur would let the removed thing
show through; a blur without the further dilation would leave a step at the selection's edge.

*Borders.* The dilation takes everything outside the array as unselected; the blur repeats the
array's outermost pixels. A window's border inside the canvas is beyond M's reach, so this changes
nothing there; at the canvas border it keeps M from darkening where the selection runs out of the
picture. As moving a point to the nearest one inside never brings two points further apart, both
promises (full through ``grow``, 0 beyond the feather) hold up to the border.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Box = tuple[slice, slice]


def soft_mask(selection: Mask, grow: float, feather: float) -> Mask:
    """M of S: shape (height, width), uint8 coverage in and out.

    ``grow`` (at least 0) and ``feather`` (at least 0) are in pixels and may be fractions. A value
    of M is exact up to the rounding of the last step. ``ValueError`` for negative lengths.
    """
    if not (grow >= 0 and feather >= 0):
        raise ValueError(f"grow and feather are at least 0, not {grow} and {feather}")
    mask = selection.copy()
    rows, columns = np.nonzero(selection.any(axis=1))[0], np.nonzero(selection.any(axis=0))[0]
    if not rows.size:
        return mask
    margin = reach(grow, feather)
    touched = np.s_[
        max(rows[0] - margin, 0) : rows[-1] + margin + 1,
        max(columns[0] - margin, 0) : columns[-1] + margin + 1,
    ]
    grown = dilated(selection[touched], grow + feather / 2)
    np.maximum(mask[touched], blurred(grown, feather), out=mask[touched])
    return mask


def reach(grow: float, feather: float) -> int:
    """How many pixels beyond the bounds of S its mask M may touch."""
    return math.floor(grow + feather / 2 + 0.5) + math.floor(feather / 2)


def dilated(selection: Mask, radius: float) -> Mask:
    """The largest value within the disc ``x^2 + y^2 <= (radius + 1/2)^2`` around each pixel.

    The disc is a pile of rows that widen towards its middle. Going inwards, the running maximum of
    the rows only ever widens, so the whole costs about four array maxima per pixel of radius.
    """
    height, width = selection.shape
    limit = (radius + 0.5) ** 2
    top = math.isqrt(math.floor(limit))
    disc, rows, half = selection.copy(), selection.copy(), 0
    for dy in range(top, -1, -1):
        wanted = math.isqrt(math.floor(limit - dy * dy))
        for dx in range(half + 1, min(wanted, width - 1) + 1):
            np.maximum(rows[:, dx:], selection[:, :-dx], out=rows[:, dx:])
            np.maximum(rows[:, :-dx], selection[:, dx:], out=rows[:, :-dx])
        half = wanted
        if dy == 0:
            np.maximum(disc, rows, out=disc)
        elif dy < height:
            np.maximum(disc[dy:], rows[:-dy], out=disc[dy:])
            np.maximum(disc[:-dy], rows[dy:], out=disc[:-dy])
    return disc


def blurred(mask: Mask, feather: float) -> Mask:
    """A Gaussian blur of ``sigma = feather / 6``, its taps cut at ``feather / 2`` and scaled to 1.

    Separable; the outermost pixels repeat; rounded half up once, after both directions.
    """
    taps = gaussian_taps(feather)
    if taps.size == 1:
        return mask.copy()
    smooth = cv2.sepFilter2D(mask, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.floor(smooth + 0.5), np.uint8)


def gaussian_taps(feather: float) -> NDArray[np.float64]:
    """The blur's weights from ``-floor(feather / 2)`` to ``floor(feather / 2)``; their sum is 1."""
    cut = math.floor(feather / 2)
    if cut == 0:
        return np.ones(1)
    offsets = np.arange(-cut, cut + 1)
    taps = np.exp(-0.5 * (offsets * 6.0 / feather) ** 2)
    return np.asarray(taps / taps.sum(), dtype=np.float64)


def box_around(area: NDArray[Any], margin: int = 0) -> Box | None:
    """Rows and columns of all that is not 0 in ``area`` (height, width), ``margin`` px beyond it.

    It ends at the border; None if there is nothing.
    """
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    if not rows.size:
        return None
    left, top = max(0, columns[0] - margin), max(0, rows[0] - margin)
    return np.s_[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]
