"""The windows of one edit, put together as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from sfumato.imaging.compose import laid
from sfumato.imaging.depth import Pixels, converted
from sfumato.imaging.mask import Mask
from sfumato_client.geometry import Bounds

_ROWS = 256
"""Laid at once: the floats of a whole window would take eight times its memory."""


class Piece(NamedTuple):
    """Pixels (height, width, samples) of a window, and where it lies on the canvas."""

    bounds: Bounds
    pixels: Pixels


def joined(pieces: Sequence[Piece], *, veiled: bool = True) -> Pixels:
    """All pieces on the bounds of their union, a later one over an earlier; 0 between them.

    Several opaque ones get an alpha sample if ``veiled``, which is 0 between them.
    """
    whole = _union(pieces)
    first = pieces[0].pixels
    samples = first.shape[2]
    alpha = veiled and len(pieces) > 1 and samples in (1, 3)
    canvas: Pixels = np.zeros((whole.height, whole.width, samples + alpha), first.dtype)
    for piece in pieces:
        part = canvas[_place(piece.bounds, whole)]
        part[..., :samples] = piece.pixels
        if alpha:
            part[..., -1] = np.iinfo(first.dtype).max
    return canvas


def laid_over(canvas: Pixels, colours: Sequence[Piece], masks: Sequence[Mask]) -> Pixels:
    """``canvas``, which ``joined`` made of the same windows, with results laid over it in place.

    ``masks`` are (height, width) of each piece. Colours of another depth are converted.
    """
    whole = _union(colours)
    for piece, mask in zip(colours, masks, strict=True):
        samples = piece.pixels.shape[2]
        part = canvas[_place(piece.bounds, whole)][..., :samples]
        for top in range(0, len(mask), _ROWS):
            rows = np.s_[top : top + _ROWS]
            if mask[rows].any():
                over = converted(piece.pixels[rows], canvas.dtype)
                part[rows] = laid(part[rows], over, mask[rows])
    return canvas


def _union(pieces: Sequence[Piece]) -> Bounds:
    return reduce(Bounds.union, (piece.bounds for piece in pieces))


def _place(bounds: Bounds, whole: Bounds) -> tuple[slice, slice]:
    place = bounds.relative_to(whole)
    return np.s_[place.y : place.bottom, place.x : place.right]
