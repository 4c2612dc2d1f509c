"""The selection S of a picture: from a mask file, boxes and polygons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage import draw

from sfumato.imaging.depth import converted
from sfumato.picture.picture import PictureError
from sfumato.picture.reading import read
from sfumato_client.geometry import Bounds, Extent

Selection = NDArray[np.uint8]

# Rec. 709 weights; a gray in three equal samples stays exactly what it is.
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def from_file(path: Path, extent: Extent) -> Selection:
    """The coverage a mask picture states: its brightness times its opacity, (height, width).

    Raises ``PictureError`` if it has another size than the picture.
    """
    mask = read(path)
    if mask.extent != extent:
        raise PictureError(
            f"The mask {path} is {mask.extent.width}x{mask.extent.height}, the picture "
            f"{extent.width}x{extent.height}; they must have the same size."
        )
    pixels = converted(mask.pixels, np.uint8)
    colors = 1 if mask.samples < 3 else 3
    gray = pixels[..., 0] if colors == 1 else np.rint(pixels[..., :3] @ _LUMA).astype(np.uint8)
    if not mask.has_alpha:
        return np.ascontiguousarray(gray)
    covered = gray.astype(np.uint16) * pixels[..., -1]
    return ((covered + 127) // 255).astype(np.uint8)


def with_box(selection: Selection, box: Bounds) -> None:
    """Select a rectangle; what lies outside the picture is left out."""
    height, width = selection.shape
    inside = box.intersection(Bounds(0, 0, width, height))
    selection[inside.y : inside.bottom, inside.x : inside.right] = 255


def with_polygon(selection: Selection, corners: Sequence[tuple[float, float]]) -> None:
    """Select a polygon (even-odd), its corners in pixels from the picture's top left corner."""
    # A pixel is inside if its centre is; scikit-image counts from the first pixel's centre.
    columns, rows = np.array(corners).T - 0.5
    inside = draw.polygon(rows, columns, selection.shape)
    selection[inside] = 255
