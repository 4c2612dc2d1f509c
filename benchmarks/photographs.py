"""Real photographs, at any size, with holes of any share: what the benchmarks of pictures use.

They ship with scikit-image and are in the public domain or CC0 (see ``skimage.data``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

PHOTOGRAPHS = {
    "astronaut": data.astronaut,
    "coffee": data.coffee,
    "chelsea": data.chelsea,
    "rocket": data.rocket,
    "camera": data.camera,
    "grass": data.grass,
    "brick": data.brick,
    "gravel": data.gravel,
}
GRAIN = 2.0
"""Levels of noise given to enlarged photographs: a camera's own grain is lost between its pixels,
and without fine detail every fill would be sharp enough."""

Picture = NDArray[np.uint8]


def photograph(name: str, side: int) -> Picture:
    """The middle square of a photograph at ``side`` x ``side``, RGB or gray with a samples axis."""
    whole = np.atleast_3d(PHOTOGRAPHS[name]())[..., :3]
    height, width = whole.shape[:2]
    inner = min(height, width)
    top, left = (height - inner) // 2, (width - inner) // 2
    square = whole[top : top + inner, left : left + inner]
    way = cv2.INTER_AREA if inner > side else cv2.INTER_LANCZOS4
    scaled = np.atleast_3d(cv2.resize(square, (side, side), interpolation=way))
    if side > 1.5 * inner:
        grain = np.random.default_rng(0).normal(0, GRAIN, (side, side, 1))
        scaled = np.clip(np.round(scaled + grain), 0, 255)
    return np.asarray(scaled, np.uint8)


def blob(side: int, share: float, seed: int) -> Picture:
    """A selection of a roundish, wavy part near the middle: ``share`` of the pixels.

    Uint8, 255 inside.
    """
    rng = np.random.default_rng(seed)
    turns = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    waves = 1 + 0.3 * np.sin(3 * turns + rng.uniform(0, 6)) + 0.15 * np.sin(5 * turns)
    middle = rng.uniform(0.4, 0.6, 2) * side
    radius = np.sqrt(share * side * side / (np.pi * np.mean(waves**2)))
    outline = middle + radius * np.stack([waves * np.cos(turns), waves * np.sin(turns)], axis=1)
    selection = np.zeros((side, side), np.uint8)
    cv2.fillPoly(selection, [np.round(outline).astype(np.int32)], 255)
    return selection
