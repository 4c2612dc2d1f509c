"""The artist's selection S, and the softness its edit gets by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sfumato_client.bitplane import Bitplane, bitplane
from sfumato_client.errors import Refused
from sfumato_client.geometry import Bounds

GROW = 4.0
FEATHER_OF_THICKNESS = 0.1
LEAST_FEATHER, MOST_FEATHER = 2.0, 32.0
# Antialiasing leaves one to two gray pixels across an edge; more are meant.
GRAYS_ACROSS_A_HARD_EDGE = 2.5


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
        found = bounds_of_coverage(coverage, bounds.width)
        if found is None:
            raise Refused(
                "Nothing is selected. Select what should change and try again.", "EMPTY_SELECTION"
            )
        tight = found.shifted(bounds.x, bounds.y)
        return Selection(tight, Selection(bounds, coverage).over(tight))

    def over(self, window: Bounds) -> bytes:
        """Return the coverage over another part of the canvas, 0 where this one has nothing."""
        if window == self.bounds:
            return bytes(self.coverage)
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

    A hard one, antialiased or not, grows by 4 px and fades over a tenth of its thickness, 2 to
    32 px.
    """
    width = selection.bounds.width
    marked = bitplane(selection.coverage, width, least=128, gap=1)
    if _is_soft(selection, marked):
        return Softness(0.0, 0.0)
    feather = FEATHER_OF_THICKNESS * thickness(marked)
    return Softness(GROW, min(MOST_FEATHER, max(LEAST_FEATHER, feather)))


def thickness(marked: Bitplane) -> int:
    """Return the width in pixels of the largest octagon that fits into a selection.

    Looked for between 20 and 320 px only, which is what the softness asks about.
    """
    low = int(LEAST_FEATHER / FEATHER_OF_THICKNESS)
    high = int(MOST_FEATHER / FEATHER_OF_THICKNESS)
    while low < high:
        middle = (low + high + 1) // 2
        if _octagon_fits(marked, middle):
            low = middle
        else:
            high = middle - 1
    return low


def bounds_of_coverage(coverage: bytes, width: int) -> Bounds | None:
    """Return the bounds of what is above 0 in rows of ``width`` bytes, None if nothing is."""
    filled = len(coverage.rstrip(b"\0"))
    if not filled:
        return None
    top = (len(coverage) - len(coverage.lstrip(b"\0"))) // width
    bottom = (filled - 1) // width + 1
    left, right = width, 0
    for start in range(top * width, bottom * width, width):
        row = coverage[start : start + width]
        right = max(right, len(row.rstrip(b"\0")))
        left = min(left, width - len(row.lstrip(b"\0")))
    return Bounds.between(left, top, right, bottom)


def _is_soft(selection: Selection, marked: Bitplane) -> bool:
    """Whether there are more grays than antialiasing puts along the selection's outline."""
    coverage = selection.coverage
    grays = len(coverage) - coverage.count(0) - coverage.count(255)
    if not grays:
        return False
    bits, stride = marked.bits, marked.stride
    inner = bits & (bits >> 1) & (bits << 1) & (bits >> stride) & (bits << stride)
    outline = (bits ^ inner).bit_count()
    return grays > GRAYS_ACROSS_A_HARD_EDGE * outline


def _octagon_fits(marked: Bitplane, width: int) -> bool:
    """Whether an upright octagon of this width lies inside somewhere.

    It is what two straight and two diagonal lines sweep out, so erosion by each in turn tells.
    """
    straight = max(1, round(width * 0.4142))
    diagonal = max(1, round((width - straight) / 2) + 1)
    bits = marked.bits
    for step, length in (
        (1, straight),
        (marked.stride, straight),
        (marked.stride + 1, diagonal),
        (marked.stride - 1, diagonal),
    ):
        bits = _eroded(bits, step, length)
    return bits != 0


def _eroded(bits: int, step: int, length: int) -> int:
    """Keep the bits that begin a line of ``length`` set bits, ``step`` apart."""
    done = 1
    while done < length:
        more = min(done, length - done)
        bits &= bits >> (step * more)
        done += more
    return bits
