"""Previews: how the result looks so far, as a small JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Pixels, converted

LARGEST = 64 * 1000
"""Bytes of a preview at most."""


def jpeg(pixels: Pixels, side: int) -> bytes:
    """A JPEG of at most ``LARGEST`` bytes whose larger side is at most ``side`` pixels.

    ``pixels`` is (height, width, samples), gray or RGB at 8 or 16 bit, with or without alpha;
    alpha is laid over mid-gray, as JPEG has none. Quality gives way first, then the size.
    """
    shown = _display(pixels, side)
    while True:
        for quality in (85, 70, 50, 30):
            _, encoded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if encoded.size <= LARGEST:
                return encoded.tobytes()
        shown = _scaled(shown, 0.7)


def _display(pixels: Pixels, side: int) -> NDArray[np.uint8]:
    """8-bit gray or BGR at the wanted size."""
    scale = min(1.0, side / max(pixels.shape[:2]))
    small = np.atleast_3d(_scaled(np.asarray(converted(pixels, np.uint8), np.uint8), scale))
    if small.shape[2] in (2, 4):
        alpha = small[..., -1:] / 255.0
        small = np.asarray(np.round(small[..., :-1] * alpha + 128 * (1 - alpha)), np.uint8)
    return np.ascontiguousarray(small[..., ::-1])


def _scaled(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale >= 1:
        return pixels
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
