"""A wand that finds its own tolerance: what a click touches, as far as its colour reaches.

The tolerance grows; the area whose edge is the clearest, by the picture's own contrast there, is
what was meant. It is where GrabCut begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.segment.prompt import Spot

WAND_SIDE = 512
"""The longest side of the picture that the wand looks at."""
TOLERANCES = (3, 5, 8, 12, 17, 23, 30, 38, 47)
"""In 8-bit CIE Lab."""
LEAST = 30
"""Pixels below which an area is a speck of texture."""
MOST = 0.6
"""Share of the picture above which an area is its ground."""


def touched(image: NDArray[np.uint8], spots: Sequence[Spot]) -> NDArray[np.bool_]:
    """The area (height, width) around all spots (x, y) of a picture (height, width, 3)."""
    height, width = image.shape[:2]
    scale = min(1.0, WAND_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    # Texture is not what is meant.
    lab = cv2.cvtColor(cv2.medianBlur(small, 5), cv2.COLOR_RGB2LAB)
    contrast = _contrast(lab)
    area = np.zeros(size[::-1], np.bool_)
    for x, y in spots:
        place = min(int(x * scale), size[0] - 1), min(int(y * scale), size[1] - 1)
        area |= _around(lab, contrast, place)
    whole = cv2.resize(area.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(whole > 0)


def _around(lab: NDArray[Any], contrast: NDArray[Any], spot: Spot) -> NDArray[np.bool_]:
    best, clearest = np.zeros(contrast.shape, np.bool_), -1.0
    for tolerance in TOLERANCES:
        flooded = np.zeros((lab.shape[0] + 2, lab.shape[1] + 2), np.uint8)
        flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
        cv2.floodFill(lab.copy(), flooded, spot, 0, (tolerance,) * 3, (tolerance,) * 3, flags)
        area = _closed(flooded[1:-1, 1:-1])
        edge = cv2.morphologyEx(area, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        size = int(area.sum())
        clear = float(contrast[edge].mean()) if edge.any() else 0.0
        if size > MOST * area.size and best.any():
            break
        if clear > clearest and (size >= LEAST or not best.any()):
            best, clearest = area > 0, clear
    return best


def _closed(area: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without the holes in it."""
    outlines, _ = cv2.findContours(area, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(area.copy(), outlines, -1, 1, cv2.FILLED), np.uint8)


def _contrast(lab: NDArray[Any]) -> NDArray[Any]:
    """How steeply the colour changes at every pixel."""
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt((across**2 + down**2).sum(axis=2)))
