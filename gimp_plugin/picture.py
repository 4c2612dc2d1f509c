"""Reading what the artist sees without a trace: no undo step, no new layer, no unsaved change."""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from gi.repository import Gegl, Gimp

from sfumato_client import Bounds, Extent, Raster, Samples

from .options import Source
from .pixels import format_name, opaque, without_alpha

_EIGHT_BIT = (
    Gimp.Precision.U8_LINEAR,
    Gimp.Precision.U8_NON_LINEAR,
    Gimp.Precision.U8_PERCEPTUAL,
)


# GIMP stands still while it renders: so many pixels take well under a tenth of a second.
LARGEST_PART = 2_000_000


class Part(NamedTuple):
    """A rendering of some rows of the picture, at ``bounds``."""

    bounds: Bounds
    buffer: Gegl.Buffer


class Scene:
    """One rendering of the picture, in parts from top to bottom; ``read`` takes windows of it."""

    def __init__(self, image: Gimp.Image, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
        self._depth = 8 if image.get_precision() in _EIGHT_BIT else 16
        self._exact = self._depth == 8 and _is_srgb(image)

    def read(self, window: Bounds, depth: int = 0) -> Raster:
        """The pixels of a window as sRGB; without a depth 8 bit for 8-bit pictures, else 16.

        Beyond the canvas stand its outermost pixels.
        """
        depth = depth or self._depth
        samples = Samples.GRAY_ALPHA if self._gray else Samples.RGBA
        data = self._get(window, format_name(samples, depth))
        if opaque(data, samples, depth):
            data = without_alpha(data, samples, depth)
            samples = Samples.GRAY if self._gray else Samples.RGB
        return Raster(window.extent, samples, depth, bytes(data))

    def clips(self, window: Bounds) -> bool:
        """Whether the window holds values that sRGB from 0 to 1 cannot."""
        if self._exact:
            return False
        form = "Y' float" if self._gray else "R'G'B' float"
        values = array.array("f", bytes(self._get(window, form)))
        # A little room for the rounding of conversions.
        return bool(values) and (max(values) > 1.001 or min(values) < -0.001)

    def _get(self, window: Bounds, name: str) -> bytearray:
        """The window's pixels; what lies above and below all parts is the first's and the last's.

        A format without a colour space is sRGB: GEGL converts from the picture's own profile.
        """
        data = bytearray()
        last = len(self._parts) - 1
        for index, (bounds, buffer) in enumerate(self._parts):
            top = max(window.y, bounds.y) if index > 0 else window.y
            bottom = min(window.bottom, bounds.bottom) if index < last else window.bottom
            if top < bottom:
                rows = Bounds.between(window.x, top, window.right, bottom).relative_to(bounds)
                rectangle = Gegl.Rectangle.new(*rows)
                data += bytes(buffer.get(rectangle, 1.0, name, Gegl.AbyssPolicy.CLAMP))
        return data


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
    canvas = Bounds.of(Extent(image.get_width(), image.get_height()))
    with _copied(image) as copy:
        for layer in hidden:
            _twin(image, copy, layer).set_visible(False)
        if anchor is not None:
            _leave_out(copy, _twin(image, copy, anchor), alone=source is Source.GROUP)
        parts = []
        at = Bounds.of(canvas.extent)
        for bounds in _bands(_around(windows).intersection(canvas)):
            copy.resize(*bounds.extent, at.x - bounds.x, at.y - bounds.y)
            layer = Gimp.Layer.new_from_visible(copy, copy, "visible")
            parts.append(Part(bounds, layer.get_buffer()))
            at = bounds
        yield Scene(image, parts)


@contextmanager
def _copied(image: Gimp.Image) -> Iterator[Gimp.Image]:
    """All layers of a picture, with their masks and filters, on a canvas of a single pixel.

    GIMP renders every picture, seen or not, as soon as it has a moment: the whole canvas of a
    plain duplicate, while the artist waits.
    """
    kind = image.get_base_type(), image.get_precision()
    copy = Gimp.Image.new_with_precision(1, 1, *kind)
    try:
        copy.undo_disable()
        profile = image.get_color_profile()
        if profile is not None:
            copy.set_color_profile(profile)
        for layer in reversed(image.get_layers()):
            copy.insert_layer(Gimp.Layer.new_from_drawable(layer, copy), None, 0)
        yield copy
    finally:
        copy.delete()


def _bands(wanted: Bounds) -> list[Bounds]:
    """The parts to render, from top to bottom."""
    height = max(1, LARGEST_PART // wanted.width)
    tops = range(wanted.y, wanted.bottom, height)
    return [
        Bounds.between(wanted.x, top, wanted.right, min(top + height, wanted.bottom))
        for top in tops
    ]


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


def _around(windows: Sequence[Bounds]) -> Bounds:
    first, *others = windows
    for window in others:
        first = first.union(window)
    return first


def _is_srgb(image: Gimp.Image) -> bool:
    profile = image.get_color_profile()  # None: GIMP's built-in sRGB
    return profile is None or profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
