"""Pictures for the window: the edit's surroundings, with what a preview or a result puts over."""

from __future__ import annotations

from gi.repository import GdkPixbuf, Gimp, GLib

from sfumato_client import Bounds, Layer, Piece, Preview, Result, flatten

from .document import extent_of
from .options import Source
from .picture import rendered
from .pixels import to_rgba8
from .request import Request

# Small windows are enlarged, so that their seams can be judged.
LARGEST_SCALE = 2.0
_SMOOTH = GdkPixbuf.InterpType.BILINEAR


class Views:
    """What the artist compares, all of one size: at most ``side`` pixels wide and high."""

    def __init__(self, image: Gimp.Image, request: Request, bounds: Bounds, side: int) -> None:
        self._bounds = bounds
        self._scale = min(LARGEST_SCALE, side / max(bounds.extent))
        width, height = (max(1, round(length * self._scale)) for length in bounds.extent)
        self.before = self._read(image, request).scale_simple(width, height, _SMOOTH)

    def _read(self, image: Gimp.Image, request: Request) -> GdkPixbuf.Pixbuf:
        regions = request.edit.regions
        if regions:
            pieces = [
                Piece(region.window, region.picture, bytes(region.window.area))
                for region in regions
            ]
            content = flatten(pieces)
        else:
            place = self._bounds
            if request.growth is not None and extent_of(image) == request.growth.known.extent:
                # The canvas has not grown yet.
                known = request.growth.known
                place = place.shifted(-known.x, -known.y)
            with rendered(image, Source.VISIBLE, None, [place]) as scene:
                content = Layer(self._bounds, scene.read(place), b"")
        return _pixbuf(content, b"\xff" * content.bounds.area)

    def after(self, result: Result) -> GdkPixbuf.Pixbuf:
        """The surroundings with a result over them."""
        content = flatten(result.pieces)
        return self._over(_pixbuf(content, content.mask), content.bounds)

    def meanwhile(self, preview: Preview) -> GdkPixbuf.Pixbuf:
        """The surroundings with a preview over them. Raises ``GLib.Error`` for a broken file."""
        loader = GdkPixbuf.PixbufLoader()
        loader.write(preview.image)
        loader.close()
        return self._over(loader.get_pixbuf(), preview.bounds)

    def _over(self, top: GdkPixbuf.Pixbuf, place: Bounds) -> GdkPixbuf.Pixbuf:
        picture = self.before.copy()
        inside = place.intersection(self._bounds).relative_to(self._bounds)
        left, upper = round(inside.x * self._scale), round(inside.y * self._scale)
        right = min(picture.get_width(), round(inside.right * self._scale))
        lower = min(picture.get_height(), round(inside.bottom * self._scale))
        if right > left and lower > upper:
            origin = place.relative_to(self._bounds)
            top.composite(
                picture, left, upper, right - left, lower - upper,
                origin.x * self._scale, origin.y * self._scale,
                place.width * self._scale / top.get_width(),
                place.height * self._scale / top.get_height(),
                _SMOOTH, 255,
            )  # fmt: skip
        return picture


def _pixbuf(content: Layer, alpha: bytes) -> GdkPixbuf.Pixbuf:
    width, height = content.bounds.extent
    pixels = GLib.Bytes.new(to_rgba8(content.color, alpha))
    return GdkPixbuf.Pixbuf.new_from_bytes(
        pixels, GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
    )
