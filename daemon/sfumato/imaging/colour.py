"""Colour and brightness of generated pixels corrected by what they miss in their surroundings.

In a ring around what was generated, colour and picture show the same thing. What they differ by is
told apart there: a shift of colour that changes slowly along the ring, a gain of brightness, and
differences of *content* (a twig that ends at the seam), which must not smear inwards as they do
with Poisson blending and membranes. So shift and gain are fitted robustly, by iteratively
re-weighted least squares whose tolerance narrows: places that disagree with most of the ring count
nothing in the end. Both are limited. Inside, the shift is continued smoothly.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Colour

CELL = 4
"""The correction is computed on cells of so many pixels: it has no finer detail."""
SPREAD = 24.0
"""Standard deviation, in pixels, over which what the fit leaves is averaged along the ring."""
TOLERANCES = tuple(levels / 255 for levels in (64, 32, 16, 8, 6, 6, 6, 6))
"""A difference this far from the fit counts a third (Welsch weights), round by round."""
GAIN_FROM = 5
"""The round from which a gain is fitted too: content that differs would pass for one before."""
LIMIT = 24 / 255
"""No sample is shifted by more."""
PRIOR_SLOPE, PRIOR_GAIN = 20 / 255, 0.1
"""How large slopes and gains are expected to be, where the ring says little of them."""

Area = NDArray[np.bool_]


def correction(colour: Colour, picture: Colour, ring: Area) -> Colour:
    """What to add to ``colour`` so that it meets ``picture``, over the whole of both.

    Both are (height, width, samples), floats from 0 to 1; ``ring`` (height, width) tells where they
    show the same thing. Where both agree there, it is 0. No sample exceeds ``LIMIT``.
    """
    height, width, _ = colour.shape
    if not ring.any():
        return np.zeros_like(colour)
    share = ring[..., None].astype(np.float32)
    weight = _cells(share)
    difference, level = (_over(_cells(each * share), weight) for each in (picture - colour, colour))
    shift, gain, middle = _fitted(difference, level, weight)
    rows, columns = weight.shape[0] * CELL, weight.shape[1] * CELL
    shift = _continued(shift, weight)
    smooth = _stacked(cv2.resize(shift, (columns, rows), interpolation=cv2.INTER_LINEAR), shift)
    total = smooth[:height, :width] + gain * (colour - middle)
    return np.asarray(np.clip(total, -LIMIT, LIMIT), np.float32)


def _fitted(difference: Colour, level: Colour, weight: Colour) -> tuple[Colour, Colour, Colour]:
    """The shift in each cell of the ring, the gain of each sample, and the level it turns about."""
    on = weight[..., 0] > 0
    wanted, share = difference[on].astype(np.float64), weight[on][:, 0]
    middle = np.average(level[on], axis=0, weights=share)
    light = level[on] - middle
    slopes = _slopes(on)
    rest, trust = wanted, share
    for turn, tolerance in enumerate(TOLERANCES):
        heard = light if turn >= GAIN_FROM else np.zeros_like(light)
        each = zip(heard.T, wanted.T, strict=True)
        found = [_solved(np.column_stack([slopes, gain]), mind, trust) for gain, mind in each]
        shifts, gains = np.array([one[:-1] for one in found]), np.array([one[-1] for one in found])
        rest = wanted - slopes @ shifts.T - heard * gains
        trust = share * np.exp(-((np.abs(rest).max(axis=1) / tolerance) ** 2))
    local = np.zeros_like(difference)
    local[on] = trust[:, None] * rest
    shift = _over(_blurred(local), _blurred(weight))
    shift[on] += slopes @ shifts.T
    return shift, np.asarray(gains, np.float32), np.asarray(middle, np.float32)


def _slopes(on: Area) -> NDArray[np.float64]:
    """The terms of a quadratic surface at the cells that are ``on``: (cells, 6)."""
    y, x = (2 * np.argwhere(on) / max(on.shape) - 1).T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _solved(terms: NDArray[np.float64], mind: Colour, trust: Colour) -> NDArray[np.float64]:
    """Weighted least squares, held by what slopes and a gain are expected to be."""
    prior = np.array([1.0, *[PRIOR_SLOPE] * 5, PRIOR_GAIN])
    calm = np.diag((np.array([1e-4, *[TOLERANCES[-1]] * 6]) / prior) ** 2)
    normal = terms.T @ (trust[:, None] * terms) + calm
    return np.asarray(np.linalg.solve(normal, terms.T @ (trust * mind)), np.float64)


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
    """Means over cells; beyond the border is 0."""
    down, across = -values.shape[0] % CELL, -values.shape[1] % CELL
    padded = cv2.copyMakeBorder(values, 0, down, 0, across, cv2.BORDER_CONSTANT, value=0)
    size = padded.shape[1] // CELL, padded.shape[0] // CELL
    return _stacked(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), values)


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
