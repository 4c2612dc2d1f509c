"""A quick sketch of a fill: smooth, at a preview's size, there before the work has begun."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Colour

SIDE = 384
"""Largest side in pixels at which the sketch is computed."""


def draft(colour: Colour, unknown: NDArray[np.bool_]) -> Colour:
    """A copy of ``colour`` (height, width, samples) with the unknown pixels sketched in.

    Navier-Stokes inpainting (Bertalmio et al., 2001): it smears over more than a few pixels, but
    shows in a moment where something will happen and in which colours.
    """
    height, width = unknown.shape
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.atleast_3d(cv2.resize(colour, size, interpolation=cv2.INTER_AREA))
    hole = cv2.resize(unknown.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    hole = np.where(hole > 0, np.uint8(255), np.uint8(0))
    sketched = np.stack(
        [
            cv2.inpaint(np.ascontiguousarray(plane), hole, 3, cv2.INPAINT_NS)
            for plane in np.moveaxis(small, 2, 0)
        ],
        axis=2,
    )
    large = cv2.resize(sketched, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(unknown[..., None], large.reshape(colour.shape), colour)
