"""What it costs to copy the same place over and over.

Where a hole runs out of the picture nothing beyond it could set copies right: the strip along its
border is the nearest source of all that is new, and would come again and again, as in a comb. So a
place gets dearer the more patches are copied from it (Kaspar et al., "Self Tuning Texture
Optimization", 2015).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Colour

PRICE = 0.01
"""What a place costs for each copy of it beyond its fair share; four levels of 255, squared, are
2.5e-4."""


def crowding(source: NDArray[np.int64], shape: tuple[int, int], side: int, fair: float) -> Colour:
    """The price of each place of a picture, flat: 0 where no more than a fair share is copied.

    ``source`` are the flat indices of the patches' centres that are copied now, in a picture of
    ``shape`` (height, width). A place's share is of ``side`` x ``side`` pixels around it: ``fair``
    centres there are one copy.
    """
    used = np.bincount(source, minlength=shape[0] * shape[1]).reshape(shape)
    near = cv2.boxFilter(used.astype(np.float32), -1, (side, side), normalize=False)
    return np.asarray(PRICE * np.maximum(near / fair - 1, 0), np.float32).ravel()
