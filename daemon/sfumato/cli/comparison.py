"""A picture before and after an edit, side by side, with the selection's outline."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

_GAP = 16
_AZURE, _WHITE = (0, 150, 255), (255, 255, 255)


def side_by_side(before: Rgb, after: Rgb, coverage: Rgb, widest: int = 1600) -> Rgb:
    """Both pictures (height, width, 3) in one of at most ``widest`` columns.

    The left one shows where ``coverage`` (height, width) crosses one half, as a line that stands
    out from light and dark alike.
    """
    scale = min(1.0, (widest - _GAP) / 2 / before.shape[1])
    size = (round(before.shape[1] * scale), round(before.shape[0] * scale))
    left, right, cover = (
        np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        for picture in (before, after, coverage)
    )
    inside = (cover > 127).astype(np.uint8)
    outlines, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    for color, width in ((_WHITE, 6), (_AZURE, 3)):
        cv2.drawContours(left, outlines, -1, color, width, cv2.LINE_AA)
    gap = np.full((size[1], _GAP, 3), 255, np.uint8)
    return np.concatenate([left, gap, right], axis=1).astype(np.uint8, copy=False)
