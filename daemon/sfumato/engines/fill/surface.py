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
    may be copied and learnt from: they do not show what is to go, and are not wholly transparent.
    ``covered`` is True where the result will show, M > 0. ``alpha`` is (height, width, 1), or None
    for pictures without; in what is to go it continues the alpha around, so that it is opaque
    where the surroundings are.
    """

    colour: Colour
    source: Area
    covered: Area
    alpha: Colour | None

    @classmethod
    def of(cls, patch: Patch, gone: Area) -> Surface:
        """A patch's surface; ``Refused`` if there is nothing to learn from."""
        pixels, source = as_float(patch.picture), ~gone
        colour, alpha = pixels, None
        if pixels.shape[2] in (2, 4):
            colour, alpha = pixels[..., :-1], pixels[..., -1:]
            if source.any():
                alpha = draft(alpha, gone)
            source &= pixels[..., -1] > 0
        if not source.any():
            raise Refused(
                "NOTHING_KNOWN",
                "There is nothing around the selection that could be continued. "
                "Select less, or use a model that paints from a prompt.",
            )
        return cls(colour.copy(), source, patch.mask > 0, alpha)

    @property
    def result(self) -> Colour:
        """Colour and, for pictures that have it, alpha: the picture's samples."""
        if self.alpha is None:
            return self.colour
        return np.concatenate([self.colour, self.alpha], axis=2)

    def put(self, hole: Area, colour: Colour) -> None:
        """Take ``colour`` over the hole, which then is known, and around it where M covers it."""
        self.colour = np.where((hole | self.covered)[..., None], colour, self.colour)
        self.source = self.source | hole
