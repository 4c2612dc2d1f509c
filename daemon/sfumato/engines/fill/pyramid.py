"""A picture with a hole at several sizes."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour


class Level(NamedTuple):
    """A picture (height, width, samples), its hole, and the pixels that may be copied."""

    picture: Colour
    hole: Area
    source: Area


def pyramid(level: Level, side: int) -> list[Level]:
    """The level halved until no side exceeds ``side`` pixels, smallest first, itself last."""
    height, width = level.hole.shape
    halvings = max(0, math.ceil(math.log2(max(height, width) / side)))
    smaller = [
        _reduced(level, max(1, width >> halving), max(1, height >> halving))
        for halving in range(halvings, 0, -1)
    ]
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
