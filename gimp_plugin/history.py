"""The notes that edits leave in a picture, and finding the edit to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gi.repository import Gimp

from sfumato_client import Bounds, Refused

from .memory import Origin, Past

# On a layer; saved with the picture and undone with the layer.
RECORD = "sfumato"
ORIGIN = "sfumato-origin"
# On the picture while it is open, for the edit whose layer was undone or deleted.
LAST_RECORD = "sfumato-last"
LAST_ORIGIN = "sfumato-last-origin"


class Found(NamedTuple):
    """An edit to be repeated, and its layer if that still exists."""

    past: Past
    layer: Gimp.Layer | None

    @property
    def in_place(self) -> bool:
        """Whether the layer lies where it was put; without a layer nobody can tell."""
        return self.layer is None or bounds_of(self.layer) == self.past.bounds


def remember(image: Gimp.Image, layer: Gimp.Layer, record: bytes, origin: bytes) -> None:
    """Leave the notes of an edit; both are ASCII."""
    kept = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    layer.attach_parasite(Gimp.Parasite.new(RECORD, kept, record))
    layer.attach_parasite(Gimp.Parasite.new(ORIGIN, kept, origin))
    # Without flags these make no undo step and are not saved.
    image.attach_parasite(Gimp.Parasite.new(LAST_RECORD, 0, record))
    image.attach_parasite(Gimp.Parasite.new(LAST_ORIGIN, 0, origin))


def find_edit(image: Gimp.Image, drawables: list[Gimp.Drawable]) -> Found:
    """The edit whose layer is chosen, else the last one. Raises ``Refused`` if there is none."""
    made = made_layers(image)
    last = _read(image, LAST_RECORD)
    chosen = {_layer_of(drawable).get_id() for drawable in drawables}
    for layer in (
        *(layer for layer in made if layer.get_id() in chosen),
        *(layer for layer in made if _read(layer, RECORD) == last),
    ):
        past = Past.of(_read(layer, RECORD), _read(layer, ORIGIN))
        if past is not None:
            return Found(past, layer)
    past = Past.of(last, _read(image, LAST_ORIGIN))
    if past is None:
        raise Refused(
            "There is no edit to repeat: choose a layer that Sfumato made, or make an edit first."
        )
    return Found(past, None)


def made_layers(image: Gimp.Image) -> list[Gimp.Layer]:
    """All layers that Sfumato made, from the top."""
    return [layer for layer in _walk(image.get_layers()) if _read(layer, ORIGIN)]


def siblings(image: Gimp.Image, origin: Origin) -> list[Gimp.Layer]:
    """The layers that were made of the same input."""
    return [
        layer for layer in made_layers(image) if Origin.load(_read(layer, ORIGIN)).job == origin.job
    ]


def bounds_of(layer: Gimp.Layer) -> Bounds:
    """Where a layer lies."""
    _, x, y = layer.get_offsets()
    return Bounds(x, y, layer.get_width(), layer.get_height())


def _walk(layers: list[Gimp.Layer]) -> Iterator[Gimp.Layer]:
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from _walk(layer.get_children())


def _layer_of(drawable: Gimp.Drawable) -> Gimp.Drawable:
    is_mask = isinstance(drawable, Gimp.LayerMask)
    return Gimp.Layer.from_mask(drawable) if is_mask else drawable


def _read(item: Gimp.Item | Gimp.Image, name: str) -> bytes:
    parasite = item.get_parasite(name)
    return bytes(parasite.get_data()) if parasite else b""
