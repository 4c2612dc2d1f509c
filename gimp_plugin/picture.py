"""Reading what the artist sees without a trace: no undo step, no new layer, no unsaved change."""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gi.repository import Gegl, Gimp

from sfumato_client import Bounds, Extent, Raster, Samples

from .options import Source
from .pixels import format_name, opaque

_EIGHT_BIT = (
    Gimp.Precision.U8_LINEAR,
    Gimp.Precision.U8_NON_LINEAR,
    Gimp.Precision.U8_PERCEPTUAL,
)


class Scene:
    """One rendering of the picture, as far as ``bounds``; ``read`` takes windows out of it."""

    def __init__(self, image: Gimp.Image, layer: Gimp.Layer, origin: Bounds) -> None:
        self._buffer = layer.get_buffer()
        self._origin = origin
        self._gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
        self._depth = 8 if image.get_precision() in _EIGHT_BIT else 16
        self._exact = self._depth == 8 and _is_srgb(image)

    def read(self, window: Bounds, depth: int = 0) -> Raster:
        """The pixels of a window as sRGB; without a depth 8 bit for 8-bit pictures, else 16.

        Beyond the canvas stand its outermost pixels.
        """
        depth = depth or self._depth
        samples = Samples.GRAY_ALPHA if self._gray else Samples.RGBA
        data = bytearray(self._get(window, format_name(samples, depth)))
        if opaque(data, samples, depth):
            samples = Samples.GRAY if self._gray else Samples.RGB
            data = bytearray(self._get(window, format_name(samples, depth)))
        return Raster(window.extent, samples, depth, bytes(data))

    def clips(self, window: Bounds) -> bool:
        """Whether the window holds values that sRGB from 0 to 1 cannot."""
        if self._exact:
            return False
        values = array.array("f", self._get(window, "Y' float" if self._gray else "R'G'B' float"))
        # A little room for the rounding of conversions.
        return bool(values) and (max(values) > 1.001 or min(values) < -0.001)

    def _get(self, window: Bounds, name: str) -> bytes:
        rectangle = Gegl.Rectangle.new(*window.relative_to(self._origin))
        # A format without a colour space is sRGB: GEGL converts from the picture's own profile.
        return bytes(self._buffer.get(rectangle, 1.0, name, Gegl.AbyssPolicy.CLAMP))


@contextmanager
def rendered(
    image: Gimp.Image,
    source: Source,
    anchor: Gimp.Layer | None,
    windows: Sequence[Bounds],
    hidden: Sequence[Gimp.Layer] = (),
) -> Iterator[Scene]:
    """Render what ``source`` names, as far as the windows reach, on a copy.

    ``anchor`` is the chosen layer or group, None for all that is visible; ``hidden`` layers are
    left out. The copy shares its pixels with the picture and lives only inside the context.
    """
    copy = image.duplicate()
    try:
        copy.undo_disable()
        for layer in hidden:
            _twin(image, copy, layer).set_visible(False)
        if anchor is not None:
            _leave_out(copy, _twin(image, copy, anchor), alone=source is Source.GROUP)
        origin = Bounds.of(Extent(image.get_width(), image.get_height()))
        if not _has_filters(copy.get_layers()):
            # Most of the time is rendering: only the windows are worth it. Filters are not
            # croppable, as they look at what lies around or at the whole layer.
            origin = _around(windows).intersection(origin)
            copy.crop(origin.width, origin.height, origin.x, origin.y)
        yield Scene(image, Gimp.Layer.new_from_visible(copy, copy, "visible"), origin)
    finally:
        copy.delete()


def _leave_out(copy: Gimp.Image, layer: Gimp.Layer, *, alone: bool) -> None:
    """Hide what is above ``layer`` at every level; if ``alone`` also what is below."""
    item: Gimp.Layer | None = layer
    while item is not None:
        parent = item.get_parent()
        above = True
        for sibling in parent.get_children() if parent else copy.get_layers():
            if sibling.get_id() == item.get_id():
                above = False
            elif above or alone:
                sibling.set_visible(False)
        item = parent


def _twin(image: Gimp.Image, copy: Gimp.Image, layer: Gimp.Layer) -> Gimp.Layer:
    """The same layer in the copy, found by its path through the groups."""
    parent = layer.get_parent()
    siblings = _twin(image, copy, parent).get_children() if parent else copy.get_layers()
    return siblings[image.get_item_position(layer)]


def _has_filters(layers: Sequence[Gimp.Layer]) -> bool:
    return any(
        layer.get_filters() or (layer.is_group() and _has_filters(layer.get_children()))
        for layer in layers
    )


def _around(windows: Sequence[Bounds]) -> Bounds:
    first, *others = windows
    for window in others:
        first = first.union(window)
    return first


def _is_srgb(image: Gimp.Image) -> bool:
    profile = image.get_color_profile()  # None: GIMP's built-in sRGB
    return profile is None or profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
