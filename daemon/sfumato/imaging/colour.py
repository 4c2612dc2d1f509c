"""Colour and brightness of generated pixels matched to their surroundings.

What is corrected is a shift of colour that changes slowly along the seam: the difference between
the picture and the generated colour where both are known, in a ring around what was generated,
continued smoothly inwards. Single places where the two differ because their *content* differs (a
twig that ends at the seam) must not smear inwards, as they do with Poisson blending and membranes;
so the shift is fitted robustly, places far from their neighbours' mind hardly count, and it is
limited.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Colour

CELL = 4
"""The correction is computed on cells of so many pixels: it has no finer detail."""
SPREAD = 24.0
"""Standard deviation, in pixels, over which the ring's mind is averaged."""
OUTLIER = 6 / 255
"""A difference this far from its neighbours' counts half (Cauchy weights)."""
LIMIT = 24 / 255
"""No sample is corrected by more."""
ROUNDS = 4

Area = NDArray[np.bool_]


def matched(colour: Colour, picture: Colour, area: Area, ring: Area) -> Colour:
    """``colour`` with its pixels in ``area`` shifted to meet ``picture``.

    All are (height, width, samples), floats from 0 to 1, or (height, width) masks. ``ring`` tells
    where colour and picture show the same thing: outside the area, near its border. Where both
    agree there, nothing changes. The result may leave the range from 0 to 1 by ``LIMIT``.
    """
    if not ring.any():
        return colour
    height, width = area.shape
    margins = ((0, -height % CELL), (0, -width % CELL))
    weight = _cells(np.pad(ring, margins)[..., None].astype(np.float32))
    difference = np.where(ring[..., None], picture - colour, np.float32(0))
    sums = _cells(np.pad(difference, (*margins, (0, 0))))
    shift = _continued(*_agreed(_over(sums, weight), weight))
    shift = np.clip(shift, -LIMIT, LIMIT)
    rows, columns = weight.shape[0] * CELL, weight.shape[1] * CELL
    smooth = _stacked(cv2.resize(shift, (columns, rows), interpolation=cv2.INTER_LINEAR), shift)
    return np.where(area[..., None], colour + smooth[:height, :width], colour)


def _agreed(difference: Colour, weight: Colour) -> tuple[Colour, Colour]:
    """The local mean difference by iteratively re-weighted least squares, and its weight."""
    trust = weight
    mean = difference
    for _ in range(ROUNDS):
        mean = _over(_blurred(difference * trust), _blurred(trust))
        distance = np.abs(difference - mean).max(axis=2, keepdims=True)
        trust = weight / (1 + (distance / OUTLIER) ** 2)
    return mean, weight


def _continued(values: Colour, weight: Colour) -> Colour:
    """Values where they have weight, continued smoothly elsewhere (pull-push)."""
    height, width = weight.shape[:2]
    if min(height, width) <= 1 or (weight > 0).all():
        mean = (values * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-9)
        return np.where(weight > 0, values, mean.astype(np.float32))
    size = (width + 1) // 2, (height + 1) // 2
    share = _stacked(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), weight)
    sums = _stacked(cv2.resize(values * weight, size, interpolation=cv2.INTER_AREA), values)
    coarse = _continued(_over(sums, share), share)
    fine = _stacked(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), values)
    return np.where(weight > 0, values, fine)


def _cells(values: Colour) -> Colour:
    """Means over cells; the sides are multiples of the cell's."""
    height, width, samples = values.shape
    cells = values.reshape(height // CELL, CELL, width // CELL, CELL, samples)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)


def _over(sums: Colour, weight: Colour) -> Colour:
    """The mean that sums and their weight make; 0 without weight."""
    return np.asarray(sums / np.maximum(weight, 1e-9), np.float32)


def _blurred(values: Colour) -> Colour:
    sigma = SPREAD / CELL
    blurred = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return _stacked(blurred, values)


def _stacked(resized: np.ndarray, like: Colour) -> Colour:
    """OpenCV drops the last axis of one-sample arrays; this puts it back."""
    return np.asarray(resized.reshape(*resized.shape[:2], like.shape[2]), np.float32)
