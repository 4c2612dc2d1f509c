"""Larger holes: texture carried on from around the hole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from patchmatch import patch_match

from sfumato.engines.fill.holes import Area
from sfumato.engines.fill.surface import Surface


def synthesized(surface: Surface, hole: Area, seed: int) -> Iterator[float]:
    """Fill ``hole`` in place; yields from 0 to 1 how much of it is done."""
    yield 0.0
    image = np.round(surface.colour * 255).astype(np.uint8)
    image = np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
    patch_match.set_random_seed(seed % 2**32)
    other = ~surface.source & ~hole
    out = patch_match.inpaint(image, hole, global_mask=other, patch_size=3) / np.float32(255)
    if surface.colour.shape[2] == 1:
        out = out[..., :1]
    surface.put(hole, out.astype(np.float32))
    yield 1.0
