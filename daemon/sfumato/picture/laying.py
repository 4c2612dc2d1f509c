"""A result laid over the picture it was made for, and the layer that holds it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.compose import laid
from sfumato.imaging.depth import Pixels, converted
from sfumato.picture.picture import Metadata, Picture
from sfumato.picture.profile import Encoding, from_srgb
from sfumato_client.geometry import Bounds


@dataclass(frozen=True)
class Patch:
    """A piece of a result: sRGB ``color`` (height, width, samples) and its mask (height, width)."""

    bounds: Bounds
    color: Pixels
    mask: NDArray[np.uint8]


def retouched(picture: Picture, patches: Iterable[Patch], encoding: Encoding) -> Picture:
    """The picture with patches laid over it: bit for bit itself where no mask covers it."""
    pixels = picture.pixels.copy()
    for patch in patches:
        place = _place(patch.bounds)
        under = pixels[place]
        over = from_srgb(patch.color, encoding, picture.depth)
        if picture.premultiplied:
            # Premultiplied samples fade each for itself.
            parts = [(under[..., k : k + 1], over[..., k : k + 1]) for k in range(picture.samples)]
            faded = np.concatenate([laid(a, b, patch.mask) for a, b in parts], axis=2)
        else:
            faded = laid(under, over, patch.mask)
        pixels[place] = faded
    return picture.with_pixels(pixels)


def layer(picture: Picture, patches: Iterable[Patch], encoding: Encoding) -> Picture:
    """An RGBA picture of the same size and depth: the result's colour, M as alpha.

    It has the picture's own colour profile, so that it can be put over it; a gray picture's layer
    is sRGB, as RGBA cannot have a gray profile.
    """
    height, width = picture.extent.height, picture.extent.width
    pixels = np.zeros((height, width, 4), picture.pixels.dtype)
    gray = picture.samples < 3
    straight = Encoding() if gray else Encoding(encoding.profile, encoding.color_space)
    for patch in patches:
        covered = patch.mask > 0
        color = from_srgb(patch.color, straight, picture.depth)
        part = pixels[_place(patch.bounds)]
        part[covered, :3] = (color[..., :1] if gray else color[..., :3])[covered]
        part[covered, 3] = converted(patch.mask, picture.pixels.dtype)[covered]
    icc = b"" if gray else picture.metadata.icc
    return Picture(pixels, metadata=Metadata(icc=icc, dpi=picture.metadata.dpi))


def _place(bounds: Bounds) -> tuple[slice, slice]:
    return slice(bounds.y, bounds.bottom), slice(bounds.x, bounds.right)
