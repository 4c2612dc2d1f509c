"""Pictures to be edited on disk, and what may have changed in them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.support.pictures import Array, samples


def photograph(width: int, height: int, count: int, depth: int) -> Array:
    """Soft shapes with grain, (height, width, samples); alpha, if any, is opaque but for a hole."""
    generator = np.random.default_rng(width + count)
    coarse = generator.random((max(height // 24, 2), max(width // 24, 2), 3), np.float32)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    soft += generator.standard_normal((height, width, 3), np.float32) * np.float32(0.02)
    top = 2**depth - 1
    color = (np.clip(soft, 0, 1) * top).astype(f"uint{depth}")
    if count < 3:
        color = color[..., :1]
    if count in (1, 3):
        return color
    alpha = np.full((height, width, 1), top, color.dtype)
    alpha[: height // 8, : width // 8] = top // 3
    return np.concatenate([color, alpha], axis=2)


def assert_changed_only_under_the_layer(image: Path, out: Path, layer: Path) -> Array:
    """Compare the files; returns the layer's alpha."""
    before, after, over = samples(image), samples(out), samples(layer)
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert over.shape == (*before.shape[:2], 4)
    assert over.dtype == before.dtype
    alpha = over[..., 3]
    untouched = alpha == 0
    assert np.array_equal(after[untouched], before[untouched])
    assert not np.array_equal(after[~untouched], before[~untouched])
    return alpha
