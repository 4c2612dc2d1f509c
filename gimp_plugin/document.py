"""What a picture is, where the selection lies, and where a result goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gi.repository import Gegl, Gimp

from sfumato_client import Bounds, Extent, Refused, Selection

from .options import Source


class Document(NamedTuple):
    """What must not change while a result is on its way."""

    extent: Extent
    gray: bool
    precision: int

    @staticmethod
    def of(image: Gimp.Image) -> Document:
        """As the picture is now."""
        return Document(
            Extent(image.get_width(), image.get_height()),
            image.get_base_type() == Gimp.ImageBaseType.GRAY,
            int(image.get_precision()),
        )


class Place(NamedTuple):
    """Where a result goes: directly above ``below``, or on top of everything without it."""

    below: Gimp.Layer | None

    @property
    def exists(self) -> bool:
        """Whether that layer is still there."""
        return self.below is None or self.below.is_valid()


def check(image: Gimp.Image) -> None:
    """Raise ``Refused`` for pictures that cannot be worked on."""
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Refused(
            "Pictures with indexed colors cannot take the new colors: choose Image > Mode > RGB "
            "first."
        )
    if image.get_floating_sel() is not None:
        raise Refused("There is a floating selection: anchor it first (Layer > Anchor Layer).")


def read_selection(image: Gimp.Image) -> Selection:
    """What is selected. Raises ``Refused`` if that is nothing."""
    found, some, left, top, right, bottom = Gimp.Selection.bounds(image)
    if not (found and some):
        raise Refused("Nothing is selected: select what should be replaced first.")
    canvas = Bounds.of(Extent(image.get_width(), image.get_height()))
    return read_coverage(image.get_selection(), Bounds.between(left, top, right, bottom), canvas)


def read_coverage(channel: Gimp.Channel, bounds: Bounds, origin: Bounds) -> Selection:
    """A channel's coverage over a part of the canvas; the channel itself lies at ``origin``."""
    rectangle = Gegl.Rectangle.new(*bounds.relative_to(origin))
    # "Y", not "Y'": coverage is no colour and must not pass through a tone curve.
    data = channel.get_buffer().get(rectangle, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
    return Selection.trimmed(bounds, bytes(data))


def find_place(image: Gimp.Image, drawables: list[Gimp.Drawable], source: Source) -> Place:
    """Where the result of looking at ``source`` goes: directly above what was looked at.

    ``drawables`` is what the artist chose. Raises ``Refused`` if it does not fit the source, or if
    the place lies in a locked group.
    """
    place = Place(_anchor(drawables, source))
    if place.below is not None:
        for group in ancestors(place.below):
            if group.get_lock_content():
                raise Refused(
                    f'The group "{group.get_name()}" is locked: unlock its pixels, or choose '
                    "another layer."
                )
    return place


def ancestors(item: Gimp.Item) -> Iterator[Gimp.GroupLayer]:
    """The groups around an item, innermost first."""
    while (item := item.get_parent()) is not None:
        yield item


def _anchor(drawables: list[Gimp.Drawable], source: Source) -> Gimp.Layer | None:
    if source is Source.VISIBLE:
        return None
    chosen = drawables[0] if drawables else None
    if isinstance(chosen, Gimp.LayerMask):
        chosen = Gimp.Layer.from_mask(chosen)
    if not isinstance(chosen, Gimp.Layer):
        raise Refused("No layer is chosen: choose one in the Layers dialog, or look at all layers.")
    if source is Source.BELOW or chosen.is_group():
        return chosen
    group = chosen.get_parent()
    if group is None:
        raise Refused(
            f'The layer "{chosen.get_name()}" is in no group: choose one, or look at all layers.'
        )
    return group
