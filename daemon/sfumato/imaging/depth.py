"""Sample types: integers of 8 or 16 bit as editors keep them, floats 0 to 1 as engines compute.

Floats become integers by ordered dithering (Bayer, 1973), so that a smooth gradient computed in
float does not band, and the same colour always gives the same samples. The threshold is tied to
the place on the canvas: pieces that lie side by side share one pattern. A float that came from an
integer of that depth returns to it exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Colour = NDArray[np.float32]


def as_float(pixels: Pixels) -> Colour:
    """Samples from 0 to 1; the shape stays."""
    return np.asarray(pixels / np.float64(np.iinfo(pixels.dtype).max), np.float32)


def dithered(colour: Colour, dtype: DTypeLike, left: int = 0, top: int = 0) -> Pixels:
    """Integers of ``dtype`` (uint8 or uint16) from floats (height, width, samples), clipped to 0-1.

    ``left`` and ``top`` are the canvas coordinates of the first pixel.
    """
    height, width = colour.shape[:2]
    rows = (top + np.arange(height))[:, None] % len(THRESHOLDS)
    columns = (left + np.arange(width))[None, :] % len(THRESHOLDS)
    levels = np.clip(colour, 0, 1) * np.float64(np.iinfo(dtype).max)
    return np.asarray(np.floor(levels + THRESHOLDS[rows, columns][..., None]), dtype)


def converted(pixels: Pixels, dtype: DTypeLike) -> Pixels:
    """The same pixels at another depth: 8 to 16 bit exactly, 16 to 8 bit to the nearest level."""
    if pixels.dtype == dtype:
        return pixels
    if dtype == np.uint16:
        return np.multiply(pixels, 257, dtype=np.uint16)
    return np.asarray((pixels.astype(np.uint32) + 128) // 257, np.uint8)


def _bayer(order: int) -> NDArray[np.int64]:
    """The threshold matrix of side ``2^order`` with the values 0 to ``4^order - 1``."""
    if order == 0:
        return np.zeros((1, 1), np.int64)
    quarter = 4 * _bayer(order - 1)
    return np.block([[quarter, quarter + 2], [quarter + 3, quarter + 1]])


THRESHOLDS = (_bayer(3) + 0.5) / 64
"""8 x 8 thresholds, all at least 1/128 away from 0 and 1: whole levels survive rounding errors."""
