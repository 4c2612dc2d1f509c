"""Edits as a client states them, for tests of the client."""

from __future__ import annotations

import random
from typing import Any

from sfumato_client import Bounds, Edit, Extent, Operation, Parameters, Raster, Region, Samples


def small_edit(
    width: int = 64,
    height: int = 48,
    *,
    samples: Samples = Samples.RGB,
    depth: int = 8,
    seed: int = 1,
    variations: int = 1,
    **fields: Any,
) -> Edit:
    """One region in the middle of a larger canvas, with noise for a picture and a hard square."""
    window = Bounds(10, 20, width, height)
    noise = random.Random(seed).randbytes(width * height * samples * depth // 8)
    selection = bytearray(width * height)
    for y in range(height // 4, height // 2):
        start = y * width + width // 4
        selection[start : start + width // 4] = b"\xff" * (width // 4)
    region = Region(window, Raster(window.extent, samples, depth, noise), bytes(selection))
    parameters = Parameters(operation=Operation.OPERATION_REMOVE, variations=variations)
    canvas = Extent(width + 100, height + 100)
    return Edit(canvas, parameters, (region,), **fields)
