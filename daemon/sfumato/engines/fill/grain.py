"""Grain for smooth fills: without it a filled scratch shows in a noisy sky as a polished one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

FINE = 1.5
"""Standard deviation in pixels of the blur that parts grain from what is seen."""
CLEAR = 3
"""Grain is taken no nearer to a hole than this, as the blur looks into it."""
LARGEST = 3.0
"""In typical deviations: what is larger is no grain but the edge of something."""
REACH = (12, 20, 32)
DIRECTIONS = 8
"""Grain is borrowed from so far off, in so many directions: where most of it is clear."""


def grained(colour: Colour, hole: Area, source: Area) -> Colour:
    """``colour`` (height, width, samples) with grain of ``source`` pixels laid over the hole.

    The grain is the picture's own, moved over from one place: it keeps its size and its colour.
    """
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    margin = max(REACH) + 3 * CLEAR
    near = (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )
    filled = colour.copy()
    filled[near] += _borrowed(colour[near], hole[near], source[near])
    return np.asarray(np.clip(filled, 0, 1), np.float32)


def _borrowed(colour: Colour, hole: Area, source: Area) -> Colour:
    """The grain to be added: 0 outside the hole and where none can be had."""
    clear = source & ~ndimage.binary_dilation(~source, iterations=CLEAR)
    if not clear.any():
        return np.zeros_like(colour)
    blurred = cv2.GaussianBlur(colour, (0, 0), FINE).reshape(colour.shape)
    grain = colour - blurred
    limit = LARGEST * 1.4826 * np.median(np.abs(grain[clear]), axis=0)
    y, x = np.nonzero(hole)
    from_y, from_x = max(_moved(y, x, hole.shape), key=lambda place: int(clear[place].sum()))
    borrowed = np.zeros_like(colour)
    taken = np.clip(grain[from_y, from_x], -limit, limit)
    borrowed[y, x] = np.where(clear[from_y, from_x][:, None], taken, 0)
    return borrowed


def _moved(
    y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, ...]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The pixels moved by each of the distances and directions, held inside the picture."""
    turns = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    return [
        (
            np.clip(y + round(reach * np.sin(turn)), 0, shape[0] - 1),
            np.clip(x + round(reach * np.cos(turn)), 0, shape[1] - 1),
        )
        for reach in REACH
        for turn in turns
    ]
