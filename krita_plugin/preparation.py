"""What travels for an edit: windows, their masks, softness. Made in a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sfumato_client import (
    Context,
    Extent,
    Model,
    Place,
    Region,
    Selection,
    make_mask,
    plan,
    softness,
)

from . import pixels
from .pixels import Picture
from .settings import Settings

# Beyond this the daemon makes the mask of S: pure Python would take seconds.
LARGEST_MASK = 1500 * 1500


class Preparation(NamedTuple):
    """The windows of an edit with, for each, M over the window if it is made here."""

    selection: Selection
    grow: float
    feather: float
    places: tuple[Place, ...]
    masks: tuple[bytes | None, ...]


def prepare(
    selection: Selection,
    canvas: Extent,
    settings: Settings,
    context: Context,
    model: Model | None,
) -> Preparation:
    """Choose softness and windows and make the masks."""
    default = softness(selection)
    grow = default.grow if settings.grow is None else float(settings.grow)
    feather = default.feather if settings.feather is None else float(settings.feather)
    places = plan(selection, canvas, grow=grow, feather=feather, context=context, model=model)
    masks = tuple(
        make_mask(selection.over(window), window.extent, grow, feather)
        if window.area <= LARGEST_MASK
        else None
        for window, _ in places
    )
    return Preparation(selection, grow, feather, places, masks)


def regions(
    preparation: Preparation, pictures: Sequence[Picture], gray: bool
) -> tuple[Region, ...]:
    """The regions to be sent, of windows that were read."""
    return tuple(
        Region(
            window=place.window,
            picture=pixels.to_wire(picture.bgra, place.window.extent, picture.depth, gray),
            selection=preparation.selection.over(place.window),
            mask=mask,
            core=place.core,
        )
        for place, mask, picture in zip(
            preparation.places, preparation.masks, pictures, strict=True
        )
    )
