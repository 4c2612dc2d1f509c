"""What travels for an edit: windows, their masks, softness. Made in a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sfumato_client import (
    Bounds,
    Context,
    Extent,
    Growth,
    Model,
    Place,
    Region,
    Selection,
    Shape,
    make_mask,
    plan,
    tiles,
)

from . import pixels
from .pixels import Picture

# Beyond this the daemon makes the mask of S: pure Python would take seconds.
LARGEST_MASK = 1500 * 1500


class Preparation(NamedTuple):
    """The windows of an edit with, for each, M over the window if it is made here.

    ``coverage`` gives S over a window. With a ``growth`` all lies on the canvas that has grown.
    """

    coverage: Callable[[Bounds], bytes]
    shape: Shape
    places: tuple[Place, ...]
    masks: tuple[bytes | None, ...]
    growth: Growth | None = None

    def place_to_read(self, window: Bounds) -> Bounds:
        """The pixels of the artist's canvas that a window shows."""
        if self.growth is None:
            return window
        known = self.growth.known
        return pixels.nearest(window, known).shifted(-known.x, -known.y)

    def spread(self, picture: Picture, window: Bounds) -> Picture:
        """What was read there, over the whole window: beyond the canvas its outermost pixels."""
        if self.growth is None:
            return picture
        bgra = pixels.spread(picture.bgra, window, self.growth.known, picture.depth // 2)
        return picture._replace(window=window, bgra=bgra)


def prepare(selection: Selection, canvas: Extent, shape: Shape, model: Model | None) -> Preparation:
    """Choose the windows of a selection and make the masks."""
    places = plan(selection, canvas, model=model, **shape._asdict())
    masks = tuple(
        make_mask(selection.over(window), window.extent, shape.grow, shape.feather)
        if window.area <= LARGEST_MASK
        else None
        for window, _ in places
    )
    return Preparation(selection.over, shape, places, masks)


def prepare_growth(growth: Growth, model: Model | None) -> Preparation:
    """Choose the windows that paint new canvas; the daemon makes their masks."""
    places = tiles(growth, model)
    shape = Shape(0.0, float(growth.overlap), Context())
    return Preparation(growth.coverage, shape, places, (None,) * len(places), growth)


def regions(
    preparation: Preparation, pictures: Sequence[Picture], gray: bool
) -> tuple[Region, ...]:
    """The regions to be sent, of what was read for each (``Preparation.place_to_read``)."""
    return tuple(
        _region(preparation, place, mask, preparation.spread(picture, place.window), gray)
        for place, mask, picture in zip(
            preparation.places, preparation.masks, pictures, strict=True
        )
    )


def _region(
    preparation: Preparation, place: Place, mask: bytes | None, seen: Picture, gray: bool
) -> Region:
    window, core = place
    return Region(
        window=window,
        picture=pixels.to_wire(seen.bgra, window.extent, seen.depth, gray),
        selection=preparation.coverage(window),
        mask=mask,
        core=core,
    )
