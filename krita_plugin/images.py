"""Results and previews as pictures for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sfumato_client import Bounds, Piece, Preview, Region, Result

from . import pixels
from .qt import QImage, QPainter, QRectF, QSize

STAGE_SIZE = 320, 240


class Placed(NamedTuple):
    """An image and the part of the canvas it covers."""

    bounds: Bounds
    image: QImage


class Seen(NamedTuple):
    """A work so far: a picture of it, and what lies where on the canvas."""

    image: QImage
    placed: list[Placed]


def of_pieces(pieces: Sequence[Piece]) -> list[Placed]:
    """A result as it will look: colour with M as alpha."""
    placed = []
    for piece in pieces:
        bgra = pixels.to_krita(pixels.to_8_bit(piece.color))
        image = _argb(pixels.with_alpha(bgra, piece.mask), piece.bounds)
        placed.append(Placed(piece.bounds, image))
    return placed


def of_preview(preview: Preview, regions: Sequence[Region]) -> Seen | None:
    """A preview as it came, and inside its region's mask; ``None`` if this Qt cannot read it."""
    image = QImage()
    if not image.loadFromData(preview.image):
        return None
    masked = image.convertToFormat(QImage.Format.Format_ARGB32)
    for region in regions:
        if region.window == preview.bounds:
            coverage = _gray(region.mask or region.selection, region.window)
            masked.setAlphaChannel(coverage.scaled(masked.size()))
    return Seen(image, [Placed(preview.bounds, masked)])


def of_stage(result: Result, regions: Sequence[Region]) -> Seen:
    """What a pass of a recipe made, over what was there, and as it lies on the canvas."""
    placed = of_pieces(result.pieces)
    return Seen(thumbnail(placed, of_regions(regions), QSize(*STAGE_SIZE)), placed)


def thumbnail(placed: Sequence[Placed], background: Sequence[Placed], size: QSize) -> QImage:
    """A small picture of a result over what was there."""
    bounds = placed[0].bounds
    for other in placed[1:]:
        bounds = bounds.union(other.bounds)
    scale = min(size.width() / bounds.width, size.height() / bounds.height)
    small = QImage(size, QImage.Format.Format_ARGB32)
    small.fill(0)
    painter = QPainter(small)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-bounds.x - bounds.width / 2, -bounds.y - bounds.height / 2)
    for part in (*background, *placed):
        painter.drawImage(QRectF(*part.bounds), part.image)
    painter.end()
    return small


def of_regions(regions: Sequence[Region]) -> list[Placed]:
    """What was sent, without its selection."""
    return [
        Placed(
            region.window,
            _argb(pixels.to_krita(pixels.to_8_bit(region.picture)), region.window),
        )
        for region in regions
    ]


def _argb(bgra: bytes, bounds: Bounds) -> QImage:
    # The copy owns its pixels; without it Qt would read freed memory.
    format_ = QImage.Format.Format_ARGB32
    return QImage(bgra, bounds.width, bounds.height, 4 * bounds.width, format_).copy()


def _gray(plane: bytes, bounds: Bounds) -> QImage:
    format_ = QImage.Format.Format_Grayscale8
    return QImage(plane, bounds.width, bounds.height, bounds.width, format_).copy()
