"""Results and pictures put together: what an engine made where M > 0, the original elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from sfumato.imaging.depth import Colour, Pixels, converted, dithered
from sfumato.imaging.mask import Mask, box_around


def composed(
    picture: Pixels, colour: Colour, mask: Mask, dtype: DTypeLike, left: int = 0, top: int = 0
) -> Pixels:
    """The result over a window: ``colour`` where ``mask > 0``, the picture bit for bit elsewhere.

    ``picture`` is (height, width, samples), ``colour`` the same in floats from 0 to 1 or without
    the alpha sample, which is then opaque; ``mask`` is (height, width). The result's samples
    are ``dtype``. ``left`` and ``top`` place the window on the canvas, for the dither.
    """
    samples = picture.shape[2]
    if colour.shape[2] == samples - 1 and samples in (2, 4):
        colour = np.concatenate([colour, np.ones_like(colour[..., :1])], axis=2)
    if colour.shape != picture.shape:
        raise ValueError(f"colour of shape {colour.shape} for a picture of shape {picture.shape}")
    result = converted(picture, dtype).copy()
    box = box_around(mask)
    if box is not None:
        rows, columns = box
        made = dithered(colour[box], dtype, left + columns.start, top + rows.start)
        result[box] = np.where((mask[box] > 0)[..., None], made, result[box])
    return result


def laid(picture: Pixels, result: Pixels, mask: Mask) -> Pixels:
    """A result laid over a picture of the same shape and type with the opacity ``mask``.

    Exactly the picture where ``mask`` is 0 and exactly the result where it is 255. Pictures with
    alpha fade between premultiplied colours, so that what a transparent pixel hides never shows.
    """
    opacity = (mask / 255.0)[..., None]
    if picture.shape[2] in (2, 4):
        over, under = result[..., -1:] * opacity, picture[..., -1:] * (1 - opacity)
        alpha = over + under
        share = np.divide(over, alpha, out=np.ones_like(alpha), where=alpha > 0)
        faded = picture[..., :-1] * (1 - share) + result[..., :-1] * share
        faded = np.concatenate([faded, alpha], axis=2)
    else:
        faded = picture * (1 - opacity) + result * opacity
    rounded = np.asarray(np.floor(faded + 0.5), picture.dtype)
    full, empty = (mask == 255)[..., None], (mask == 0)[..., None]
    return np.where(full, result, np.where(empty, picture, rounded))
