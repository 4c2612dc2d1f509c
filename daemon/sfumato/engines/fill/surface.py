"""The pixels a fill works on: one patch in floats, holes and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sfumato.engines.base import Refused
from sfumato.engines.edit import Patch
from sfumato.engines.fill.draft import draft
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour, as_float


@dataclass(slots=True, eq=False)
class Surface:
    """A patch's window as it is being filled.

    ``colour`` is (height, width, 1 or 3), floats from 0 to 1. ``source`` is True for pixels that
    may be copied and learnt from: known, and not wholly transparent. ``alpha`` is (height, width,
    1), or None for pictures without; where something is filled it continues the alpha around, so
    that it is opaque where the surroundings are.
    """

    colour: Colour
    source: Area
    alpha: Colour | None

    @classmethod
    def of(cls, patch: Patch) -> Surface:
        """A patch's surface; ``Refused`` if nothing of it is known."""
        pixels = as_float(patch.picture)
        known = ~patch.unknown
        colour, alpha = pixels, None
        if pixels.shape[2] in (2, 4):
            colour, alpha = pixels[..., :-1], pixels[..., -1:]
            if known.any():
                alpha = draft(alpha, patch.unknown)
            known &= pixels[..., -1] > 0
        if not known.any():
            raise Refused(
                "NOTHING_KNOWN",
                "There is nothing around the selection that could be continued. "
                "Select less, or use a model that paints from a prompt.",
            )
        return cls(colour.copy(), known, alpha)

    @property
    def result(self) -> Colour:
        """Colour and, for pictures that have it, alpha: the picture's samples."""
        if self.alpha is None:
            return self.colour
        return np.concatenate([self.colour, self.alpha], axis=2)

    def put(self, area: Area, colour: Colour) -> None:
        """Take an area's colour; from now on it is known."""
        self.colour[area] = colour[area]
        self.source |= area
