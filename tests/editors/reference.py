"""One edit that every client makes alike: the yardstick for the editors.

``through_the_client`` makes it with ``sfumato_client`` alone, from arrays; an editor makes it by
its own means of reading pictures, selections and profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray

from sfumato_client import (
    Bounds,
    Client,
    Edit,
    Endpoint,
    Extent,
    Layer,
    Operation,
    Parameters,
    Raster,
    Region,
    Samples,
    Selection,
    flatten,
    make_mask,
    plan,
    softness,
)

Plane = NDArray[np.uint8]
Array = NDArray[Any]
SEED = 20_000


@dataclass(frozen=True)
class Reference:
    """A picture (height, width, 3), uint8 sRGB, and a selection S over it (height, width)."""

    name: str
    picture: Plane
    selection: Plane


def photograph() -> Plane:
    """A cat, 451 x 300: fur, whiskers, and soft background."""
    return np.asarray(skimage.data.chelsea())


def hard_selection(extent: Extent) -> Plane:
    """An ellipse with hard edges."""
    return np.where(_ellipse(extent) <= 1, 255, 0).astype(np.uint8)


def soft_selection(extent: Extent) -> Plane:
    """An ellipse that fades from its middle to its edge."""
    return (255 * np.clip(1.4 * (1 - _ellipse(extent)), 0, 1)).round().astype(np.uint8)


def references() -> tuple[Reference, ...]:
    """The cases that every editor is measured on."""
    picture = photograph()
    extent = Extent(picture.shape[1], picture.shape[0])
    return (
        Reference("hard", picture, hard_selection(extent)),
        Reference("soft", picture, soft_selection(extent)),
    )


def through_the_client(reference: Reference, endpoint: Endpoint, seed: int = SEED) -> Layer:
    """Remove what is selected, with every default and this seed."""
    height, width = reference.selection.shape
    canvas = Extent(width, height)
    selection = Selection.trimmed(Bounds.of(canvas), reference.selection.tobytes())
    soft = softness(selection)
    parameters = Parameters(
        operation=Operation.OPERATION_REMOVE, grow=soft.grow, feather=soft.feather, seed=seed
    )
    regions = []
    for window, core in plan(selection, canvas, grow=soft.grow, feather=soft.feather):
        part = reference.picture[window.y : window.bottom, window.x : window.right]
        picture = Raster(window.extent, Samples.RGB, 8, part.tobytes())
        coverage = selection.over(window)
        mask = make_mask(coverage, window.extent, soft.grow, soft.feather)
        regions.append(Region(window, picture, coverage, mask, core))
    edit = Edit(canvas, parameters, tuple(regions))
    with Client(endpoint, "reference", "1") as client:
        handle = client.submit(edit, lambda event: None, lambda error: None)
        return flatten(handle.wait(120)[0].pieces)


def assert_alike(layer: Layer, expected: Layer) -> None:
    """Both lie at the same place, and masks and colours are within one level of each other."""
    assert layer.bounds == expected.bounds
    assert layer.color.samples == expected.color.samples
    assert _distance(layer.mask, expected.mask) <= 1
    assert _distance(bytes(layer.color.data), bytes(expected.color.data)) <= 1


def _distance(one: bytes, other: bytes) -> int:
    levels = [np.frombuffer(plane, np.uint8).astype(int) for plane in (one, other)]
    return int(np.abs(levels[0] - levels[1]).max())


def _ellipse(extent: Extent) -> Array:
    y, x = np.mgrid[: extent.height, : extent.width]
    return np.hypot((x - 210.5) / 47.0, (y - 145.5) / 33.0)
