"""Where things lie on the canvas.

*Canvas*: the whole picture. *Selection* S: what the artist marked. *Mask* M: S grown and feathered,
the layer's alpha. *Window*: the part of the canvas that travels to the daemon. *Core*: the part of
a window whose masked pixels the result covers. x runs right, y down, in whole pixels.
"""

from __future__ import annotations

from typing import NamedTuple


class Extent(NamedTuple):
    """A size in pixels."""

    width: int
    height: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height


class Bounds(NamedTuple):
    """The columns [x, x + width) and the rows [y, y + height)."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column beyond."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row beyond."""
        return self.y + self.height

    @property
    def extent(self) -> Extent:
        """Its size."""
        return Extent(self.width, self.height)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @staticmethod
    def of(extent: Extent) -> Bounds:
        """The bounds of a whole canvas."""
        return Bounds(0, 0, extent.width, extent.height)

    @staticmethod
    def between(left: int, top: int, right: int, bottom: int) -> Bounds:
        """From edges; right and bottom are exclusive."""
        return Bounds(left, top, right - left, bottom - top)

    def padded(self, margin: int) -> Bounds:
        """Wider by ``margin`` on every side."""
        return Bounds(
            self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin
        )

    def shifted(self, dx: int, dy: int) -> Bounds:
        """Moved by a vector."""
        return Bounds(self.x + dx, self.y + dy, self.width, self.height)

    def intersection(self, other: Bounds) -> Bounds:
        """The common part; its width or height is 0 when there is none."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Bounds.between(left, top, max(left, right), max(top, bottom))

    def union(self, other: Bounds) -> Bounds:
        """The smallest bounds that hold both."""
        return Bounds.between(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def contains(self, other: Bounds) -> bool:
        """Whether ``other`` lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def relative_to(self, origin: Bounds) -> Bounds:
        """The same place, counted from the corner of ``origin``."""
        return self.shifted(-origin.x, -origin.y)
