"""A picture on a larger canvas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.picture.picture import Picture
from sfumato_client.outpaint import Sides


def grown(picture: Picture, sides: Sides) -> Picture:
    """The picture with new pixels around it, which repeat its outermost ones for now."""
    around = ((sides.top, sides.bottom), (sides.left, sides.right), (0, 0))
    pixels: NDArray[Any] = np.pad(picture.pixels, around, mode="edge")
    return picture.with_pixels(pixels)
