"""Words added to a prompt when the artist asks for it: what the surroundings look like.

A prompt names a thing; that it should sit in this picture, in this light, models have to be told.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from skimage.color import rgb2lab

from sfumato.engines.diffusion.content import shown
from sfumato.engines.edit import Patch
from sfumato.engines.parameters import Operation
from sfumato.imaging.depth import Colour

FITTING = "seamlessly blended into the picture, same lighting, matching perspective and shadows"
KEEPING = "keep the lighting, the perspective, the style and everything else as they are"
# Bounds in CIELAB (lightness 0 to 100; chroma and b*, yellow against blue, in the same units).
COLOURLESS = 3.0
DARK, BRIGHT = 25.0, 75.0
WARM, COOL = 12.0, -8.0
FLAT, HARSH = 8.0, 28.0
# So many pixels tell as much as all of them.
ENOUGH = 65536


def context_words(patch: Patch, operation: Operation) -> str:
    """What to add to the prompt of an edit of this patch: light and colour, and how to fit in."""
    known = shown(patch)[~patch.unknown]
    words = [*_seen(known[:: max(1, len(known) // ENOUGH)])] if len(known) else []
    return ", ".join([*words, KEEPING if operation is Operation.INSTRUCT else FITTING])


def _seen(known: Colour) -> Iterator[str]:
    """Words for pixels (count, 3) of the surroundings."""
    lab = rgb2lab(known[None])[0]
    lightness, warmth = lab[:, 0], float(np.mean(lab[:, 2]))
    if float(np.mean(np.hypot(lab[:, 1], lab[:, 2]))) < COLOURLESS:
        yield "black and white"
    elif warmth > WARM:
        yield "warm light"
    elif warmth < COOL:
        yield "cool light"
    middle, spread = float(np.mean(lightness)), float(np.std(lightness))
    if middle < DARK:
        yield "dark"
    elif middle > BRIGHT:
        yield "bright"
    if spread < FLAT:
        yield "soft, even light"
    elif spread > HARSH:
        yield "strong contrast"
