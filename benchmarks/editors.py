"""The edits that benchmarks of the daemon send: cheap, and each with pixels of its own."""

from __future__ import annotations

import numpy as np

from sfumato_client import Bounds, Edit, Extent, Operation, Parameters, Raster, Region, Samples

WIDTH, HEIGHT = 320, 240


def edit_of(number: int, tiny: bool = False, hole: int = 70, variations: int = 2) -> Edit:
    """A square taken out of a textured picture, or painted by the tiny model; fixed seeds.

    ``hole`` is the square's side in pixels.
    """
    chance = np.random.default_rng(number)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.stack([(x * (k + 1) + y * (number + 2)) % 251 for k in range(3)], axis=-1)
    picture = (waves // 2 + chance.integers(0, 60, waves.shape)).astype(np.uint8)
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[60 : 60 + hole, 90 : 90 + hole] = 255
    extent = Extent(WIDTH, HEIGHT)
    parameters = Parameters(
        operation=Operation.OPERATION_GENERATE if tiny else Operation.OPERATION_REMOVE,
        model="tiny" if tiny else "fill",
        prompt="a red vase" if tiny else "",
        steps=12 if tiny else None,
        seed=number,
        grow=2,
        feather=8,
        variations=variations,
    )
    raster = Raster(extent, Samples.RGB, 8, picture.tobytes())
    region = Region(Bounds.of(extent), raster, selection.tobytes())
    return Edit(extent, parameters, (region,), title=f"edit {number}")
