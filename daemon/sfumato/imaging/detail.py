"""Fine detail and grain given back to generated pixels that are too smooth for their surroundings.

An autoencoder, or an enlarged fill, loses what is finest. How much is seen in a ring around what
was generated, where colour and picture show the same thing: there the detail that is left, times a
gain, comes closest to the picture's, and what still lacks is grain.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Colour

FINE = 1.2
"""Standard deviation in pixels of the blur that parts detail from what is seen."""
SAME = 8 / 255
"""Where the two differ by more than this before their detail, they do not show the same thing."""
MOST = 2.0
"""No more than this much of the detail that is left is added to it."""
SLACK = 1.1
"""Detail that is weaker than the picture's by less than this lacks no grain."""
COARSEST = 8 / 255
"""The largest standard deviation of grain."""
SEED = 0x5F

Area = NDArray[np.bool_]


def lacking(colour: Colour, picture: Colour, ring: Area) -> Colour:
    """The detail and grain to add to ``colour`` so that it is as detailed as ``picture``.

    Both are (height, width, samples), floats from 0 to 1, their colours matched; ``ring`` (height,
    width) tells where they show the same thing. Where both agree there, it is 0. The same arguments
    give the same grain.
    """
    coarse = _coarse(colour)
    own_coarse, known_coarse = coarse[ring], _coarse(picture)[ring]
    same = np.abs(known_coarse - own_coarse).max(axis=1, initial=0) < SAME
    if not same.any():
        return np.zeros_like(colour)
    own, wanted = (colour[ring] - own_coarse)[same], (picture[ring] - known_coarse)[same]
    gain = float(np.clip((own * (wanted - own)).sum() / max((own**2).sum(), 1e-9), 0, MOST))
    left = _level(own) * (1 + gain) * SLACK
    grain = np.minimum(np.sqrt(np.maximum(_level(wanted) ** 2 - left**2, 0)), COARSEST)
    added = gain * (colour - coarse)
    if grain.any():
        added += grain * _noise(colour.shape)
    return np.asarray(added, np.float32)


def _coarse(colour: Colour) -> Colour:
    return np.asarray(cv2.GaussianBlur(colour, (0, 0), FINE).reshape(colour.shape), np.float32)


def _level(detail: Colour) -> Colour:
    """The standard deviation of its grain, for each sample: edges hardly count."""
    return np.asarray(1.4826 * np.median(np.abs(detail), axis=0), np.float32)


def _noise(shape: tuple[int, ...]) -> Colour:
    """Grain of standard deviation 1 without anything coarse, the same in all samples."""
    white = np.random.default_rng(SEED).standard_normal((*shape[:2], 1), np.float32)
    fine = white - _coarse(white)
    return np.asarray(fine / max(float(fine.std()), 1e-9), np.float32)
