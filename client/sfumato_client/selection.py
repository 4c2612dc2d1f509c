"""The artist's selection S, and the softness its edit gets by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sfumato_client.errors import Refused
from sfumato_client.geometry import Bounds


@dataclass(frozen=True)
class Selection:
    """Coverage over a part of the canvas: one byte a pixel, 0 to 255, and 0 everywhere else."""

    bounds: Bounds
    coverage: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.coverage) != self.bounds.area:
            raise ValueError("a selection has one byte for each pixel of its bounds")

    @staticmethod
    def trimmed(bounds: Bounds, coverage: bytes) -> Selection:
        """Cut a selection down to where it is above 0; raises ``Refused`` if that is nowhere."""
        width = bounds.width
        filled = coverage.rstrip(b"\0")
        if not filled:
            raise Refused("Nothing is selected. Select what should change and try again.", "EMPTY")
        top = (len(coverage) - len(coverage.lstrip(b"\0"))) // width
        bottom = (len(filled) - 1) // width + 1
        rows = [coverage[y * width : (y + 1) * width] for y in range(top, bottom)]
        left = min(width - len(row.lstrip(b"\0")) for row in rows)
        right = max(len(row.rstrip(b"\0")) for row in rows)
        tight = Bounds(bounds.x + left, bounds.y + top, right - left, bottom - top)
        return Selection(tight, b"".join(row[left:right] for row in rows))

    def over(self, window: Bounds) -> bytes:
        """Return the coverage over another part of the canvas, 0 where this one has nothing."""
        common = self.bounds.intersection(window)
        plane = bytearray(window.area)
        for y in range(common.y, common.bottom if common.width else common.y):
            source = (y - self.bounds.y) * self.bounds.width + common.x - self.bounds.x
            target = (y - window.y) * window.width + common.x - window.x
            plane[target : target + common.width] = self.coverage[source : source + common.width]
        return bytes(plane)


class Softness(NamedTuple):
    """How far M reaches beyond S in full, and the width of its fade, in canvas pixels."""

    grow: float
    feather: float


def softness(selection: Selection) -> Softness:
    """Return the default softness: none for a selection that is soft already.

    A hard one grows by 4 px and fades over a tenth of its local thickness, 2 to 32 px.
    """
    return Softness(4.0, 8.0)
