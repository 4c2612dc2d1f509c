"""Generated pixels matched to the picture around them, in colour, brightness, detail and grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.colour import correction
from sfumato.imaging.depth import Colour
from sfumato.imaging.detail import lacking
from sfumato.imaging.mask import box_around

MARGIN = 8
"""Pixels around area and ring that are looked at too: no filter reaches farther."""

Area = NDArray[np.bool_]


def matched(colour: Colour, picture: Colour, area: Area, ring: Area, detail: bool = True) -> Colour:
    """``colour`` with its pixels in ``area`` changed so that no seam betrays them.

    All are (height, width, samples), floats from 0 to 1, or (height, width) masks. ``ring`` tells
    where colour and picture show the same thing: outside the area, near its border. Where both
    agree there, nothing changes. Without ``detail`` colour and brightness alone are matched. The
    result may leave the range from 0 to 1 a little.
    """
    result = colour.copy()
    box = box_around(area | ring, MARGIN)
    if box is not None:
        made, known, near = colour[box], picture[box], ring[box]
        made = made + correction(made, known, near)
        if detail:
            made += lacking(made, known, near)
        np.copyto(result[box], made, where=area[box][..., None])
    return result
