"""What a picture is, where the selection lies, and where a result goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gi.repository import Babl, Gegl, Gimp

from sfumato_client import Bounds, Extent, Refused, Selection, turning

from .options import Source


class Document(NamedTuple):
    """What must not change while a result is on its way."""

    extent: Extent
    base: int
    precision: int
    grid: tuple[bytes, ...]

    @staticmethod
    def of(image: Gimp.Image, part: Bounds | None = None) -> Document:
        """As the picture is now, or a part of its canvas."""
        part = part or Bounds.of(extent_of(image))
        spots = [(part.x + x, part.y + y) for x, y in turning.places(part.extent)]
        kind = int(image.get_base_type()), int(image.get_precision())
        return Document(part.extent, *kind, tuple(_color(image, *spot) for spot in spots))

    def fits(self, now: Document) -> bool:
        """Whether what was made for this document belongs into that one; painting is no matter."""
        if self[:3] != now[:3]:
            return False
        square = self.extent.width == self.extent.height
        return not turning.was_turned(self.grid, now.grid, square)


class Place(NamedTuple):
    """Where a result goes: directly above ``below``, or on top of everything without it."""

    below: Gimp.Layer | None

    @property
    def exists(self) -> bool:
        """Whether that layer is still there."""
        return self.below is None or self.below.is_valid()


def extent_of(image: Gimp.Image) -> Extent:
    """The size of its canvas."""
    return Extent(image.get_width(), image.get_height())


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
    canvas = Bounds.of(extent_of(image))
    return read_coverage(image.get_selection(), Bounds.between(left, top, right, bottom), canvas)


def read_coverage(channel: Gimp.Channel, bounds: Bounds, origin: Bounds) -> Selection:
    """A channel's coverage over a part of the canvas; the channel itself lies at ``origin``."""
    rectangle = Gegl.Rectangle.new(*bounds.relative_to(origin))
    # "Y", not "Y'": coverage is no colour and must not pass through a tone curve.
    data = channel.get_buffer().get(rectangle, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
    return Selection.trimmed(bounds, bytes(data))


def select(image: Gimp.Image, selection: Selection) -> None:
    """Select what is covered, and nothing else: one step to undo."""
    canvas, black = extent_of(image), Gegl.Color.new("black")
    channel = Gimp.Channel.new(image, "Sfumato", *canvas, 100.0, black)
    with one_undo_step(image):
        image.insert_channel(channel, None, 0)
        buffer = channel.get_buffer()
        # Channels of 8-bit pictures have a tone curve and selections have none, but their bytes are
        # taken over as they are.
        name = "Y' u8" if image.get_precision() == Gimp.Precision.U8_NON_LINEAR else "Y u8"
        buffer.set(Gegl.Rectangle.new(*selection.bounds), name, selection.coverage)
        buffer.flush()
        image.select_item(Gimp.ChannelOps.REPLACE, channel)
        image.remove_channel(channel)


@contextmanager
def one_undo_step(image: Gimp.Image) -> Iterator[None]:
    """Make one step of all that happens inside, and keep the artist's choice of layers."""
    chosen = image.get_selected_layers()
    image.undo_group_start()
    try:
        yield
        image.set_selected_layers(chosen)
    finally:
        image.undo_group_end()
        Gimp.displays_flush()


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


def _color(image: Gimp.Image, x: int, y: int) -> bytes:
    """What is seen at a place."""
    found, color = image.pick_color(image.get_layers(), x, y, True, False, 1.0)
    return bytes(color.get_bytes(Babl.format("R'G'B'A u8")).get_data()) if found else b""


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
