"""How busy a picture is around each pixel, as two more samples to be matched beside its colour.

A plan made of averages is smoother than what it was made from, and the patches most like it in
colour alone are the smoothest of the picture: a lawn would become felt. Comparing mean gradients
too (Newson et al., 2014) makes patches choose among those that are about as busy.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

WINDOW = 9
"""Pixels over which gradients are averaged."""
WEIGHT = 2.0
"""Gradients count so much more than colours: they are smaller, and few."""


def with_texture(picture: Colour, known: Area) -> Colour:
    """The picture's samples, and its mean horizontal and vertical gradient among known pixels."""
    lightness = picture.mean(axis=2)
    across, down = known.copy(), known.copy()
    across[:, :-1] &= known[:, 1:]
    down[:-1] &= known[1:]
    across[:, -1] = down[-1] = False
    step_x = np.abs(np.diff(lightness, axis=1, append=lightness[:, -1:]))
    step_y = np.abs(np.diff(lightness, axis=0, append=lightness[-1:]))
    busy = [_mean(step_x, across), _mean(step_y, down)]
    return np.concatenate([picture, WEIGHT * np.stack(busy, axis=2)], axis=2)


def _mean(values: Colour, counts: Area) -> NDArray[np.float32]:
    """Means over the window of those values that count."""
    window = (WINDOW, WINDOW)
    total = cv2.blur(np.asarray(values * counts, np.float32), window)
    share = cv2.blur(counts.astype(np.float32), window)
    return np.asarray(total / np.maximum(share, 1e-3), np.float32)
