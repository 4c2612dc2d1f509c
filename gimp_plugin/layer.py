"""Putting a result into the picture: one layer with its mask, whole from the start."""

from __future__ import annotations

from gi.repository import Gegl, Gimp

from sfumato_client import Bounds, Layer

from .document import Place
from .pixels import format_name


def make(image: Gimp.Image, result: Layer, name: str) -> Gimp.Layer:
    """A layer of a result, which is not in the picture yet: its colours, and M as its mask."""
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, name, *result.bounds.extent, kind, 100.0, Gimp.LayerMode.NORMAL)
    layer.set_composite_space(_composite_space(image))
    layer.set_offsets(result.bounds.x, result.bounds.y)
    color = result.color
    _write(layer, result.bounds, format_name(color.samples, color.depth), bytes(color.data))
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    # "Y", not "Y'": coverage is no colour and must not pass through a tone curve.
    _write(mask, result.bounds, "Y u8", result.mask)
    # The artist's next stroke belongs to the colours, unless the mask is chosen.
    layer.set_edit_mask(False)
    return layer


def insert(image: Gimp.Image, place: Place, layer: Gimp.Layer) -> None:
    """Put a layer at its place in the stack, whole as it is."""
    if place.below is None:
        image.insert_layer(layer, None, 0)
    else:
        above = image.get_item_position(place.below)
        image.insert_layer(layer, place.below.get_parent(), above)


def _write(drawable: Gimp.Drawable, bounds: Bounds, name: str, data: bytes) -> None:
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, *bounds.extent), name, data)
    buffer.flush()
    drawable.update(0, 0, *bounds.extent)


def _composite_space(image: Gimp.Image) -> Gimp.LayerColorSpace:
    """Blend in the picture's own encoding.

    GIMP's default is linear light, where a half-covered ring is up to 60 levels off. And only
    without a conversion does a layer leave 32-bit colours bit for bit as they are.
    """
    encoding = image.get_precision().value_nick
    if encoding.endswith("non-linear"):
        return Gimp.LayerColorSpace.RGB_NON_LINEAR
    if encoding.endswith("linear"):
        return Gimp.LayerColorSpace.RGB_LINEAR
    return Gimp.LayerColorSpace.RGB_PERCEPTUAL
