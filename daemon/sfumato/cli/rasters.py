"""Pixels as arrays here and as rasters on the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Pixels
from sfumato.picture.picture import Picture
from sfumato.picture.profile import Encoding, to_srgb
from sfumato_client.edit import Raster, Samples
from sfumato_client.geometry import Bounds, Extent


def raster_of(pixels: Pixels) -> Raster:
    """Pixels (height, width, samples), uint8 or uint16, as a raster."""
    height, width, samples = pixels.shape
    little: NDArray[Any] = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<"))
    return Raster(
        Extent(width, height), Samples(samples), little.itemsize * 8, little.data.cast("B")
    )


def pixels_of(raster: Raster) -> Pixels:
    """A raster as pixels (height, width, samples), read-only, in native byte order."""
    samples = np.frombuffer(raster.data, "<u2" if raster.depth == 16 else "u1")
    native = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    width, height = raster.extent
    return native.reshape(height, width, raster.samples)


def cropped(picture: Picture, window: Bounds) -> Pixels:
    """A window of a picture, as it is stored."""
    return picture.pixels[window.y : window.bottom, window.x : window.right]


def raster(picture: Picture, window: Bounds, encoding: Encoding) -> Raster:
    """A window's pixels as they travel: sRGB, at the picture's own depth."""
    return raster_of(to_srgb(cropped(picture, window), encoding))
