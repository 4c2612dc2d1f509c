"""What stands under the mask before denoising begins, and the picture as the model sees it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.edit import Patch
from sfumato.engines.fill.draft import draft
from sfumato.engines.parameters import MaskedContent
from sfumato.imaging.depth import Colour, Pixels, as_float

# Weights of red, green and blue in the luma of ITU-R BT.709.
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
# A blur of this share of the larger side leaves colours and takes shapes away.
BLUR = 1 / 24


def shown(patch: Patch) -> Colour:
    """The patch's picture as RGB in 0..1, (height, width, 3); transparency shows mid-gray."""
    return shown_alone(patch.picture)


def shown_alone(pixels: Pixels) -> Colour:
    """Any picture as ``shown`` gives a patch's."""
    picture = as_float(pixels)
    samples = picture.shape[2]
    colour = picture[..., :3] if samples >= 3 else np.repeat(picture[..., :1], 3, axis=2)
    if samples in (2, 4):
        alpha = picture[..., -1:]
        colour = colour * alpha + 0.5 * (1 - alpha)
    return np.ascontiguousarray(colour, np.float32)


def started(
    colour: Colour, unknown: NDArray[np.bool_], content: MaskedContent, seed: int
) -> Colour:
    """A copy of ``colour`` (height, width, 3) with what denoising begins from where ``unknown``.

    ``FILL`` is a sketch here; ``fills`` makes the real one, where it would be seen.
    """
    match content:
        case MaskedContent.ORIGINAL:
            return colour
        case MaskedContent.BLUR:
            sigma = max(colour.shape[:2]) * BLUR
            under = np.asarray(cv2.GaussianBlur(colour, (0, 0), sigma), np.float32)
        case MaskedContent.FILL:
            return draft(colour, unknown)
        case MaskedContent.NOISE:
            under = np.random.default_rng(seed).random(colour.shape, np.float32)
    return np.where(unknown[..., None], under, colour)


def in_samples(colour: Colour, samples: int) -> Colour:
    """RGB as a document keeps it: gray if it is gray; without alpha, which is then opaque."""
    if samples >= 3:
        return colour
    gray: Colour = (colour @ LUMA)[..., None]
    return gray
