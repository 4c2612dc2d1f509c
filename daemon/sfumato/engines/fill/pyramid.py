"""A picture with a hole at several sizes."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from scipy import ndimage

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

SHALLOW = 8.0
"""At the smallest size a hole's middle is at most so many pixels from its border: patches there
see across it ..."""
LEAST_SIDE = 40
"""... unless no side of the picture may get shorter: patches must have something to choose from."""


class Level(NamedTuple):
    """A picture (height, width, samples), its hole, and the pixels that may be copied."""

    picture: Colour
    hole: Area
    source: Area


def pyramid(level: Level) -> list[Level]:
    """The level at halved sizes, smallest first, itself last."""
    height, width = level.hole.shape
    depth = float(ndimage.distance_transform_edt(level.hole).max())
    halvings = 0
    while depth / 2**halvings > SHALLOW and min(height, width) >> (halvings + 1) >= LEAST_SIDE:
        halvings += 1
    smaller = [_reduced(level, width >> k, height >> k) for k in range(halvings, 0, -1)]
    return [*smaller, level]


def _reduced(level: Level, width: int, height: int) -> Level:
    """Averages of known pixels alone, so that nothing of the hole bleeds out of it."""
    size = width, height
    share = cv2.resize(level.source.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sums = np.stack(
        [
            cv2.resize(plane * level.source, size, interpolation=cv2.INTER_AREA)
            for plane in np.moveaxis(level.picture, 2, 0)
        ],
        axis=2,
    )
    hole = cv2.resize(level.hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    picture = sums / np.maximum(share, 1e-6)[..., None]
    return Level(np.asarray(picture, np.float32), hole, (share > 0.999) & ~hole)
