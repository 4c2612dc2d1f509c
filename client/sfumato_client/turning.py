"""Whether a picture was turned or mirrored, by a few of its pixels.

Editors tell no plugin when an image is rotated or mirrored, and by 180 degrees its size stays. So
some pixels, in places that every such turn maps onto each other, are kept and looked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sfumato_client.geometry import Extent

SIDE = 16
Grid: TypeAlias = Sequence[bytes]


def places(extent: Extent) -> list[tuple[int, int]]:
    """The 256 places of the grid, row by row, symmetric about the canvas's middle."""
    return [(x, y) for y in _stops(extent.height) for x in _stops(extent.width)]


def was_turned(before: Grid, now: Grid, square: bool) -> bool:
    """Whether ``now`` looks more like ``before`` turned or mirrored than like ``before``.

    Both hold the pixels at ``places``. On a ``square`` canvas quarter turns count too. A picture
    that is symmetric, or that was painted over everywhere, counts as not turned.
    """
    likeness = _likeness(before, now, lambda row, column: (row, column))
    return any(_likeness(before, now, turn) > likeness for turn in _turns(square))


def _stops(length: int) -> list[int]:
    first = [(2 * index + 1) * length // (2 * SIDE) for index in range(SIDE // 2)]
    return first + [length - 1 - stop for stop in reversed(first)]


def _turns(square: bool) -> Iterator[Callable[[int, int], tuple[int, int]]]:
    last = SIDE - 1
    yield lambda row, column: (last - row, last - column)
    yield lambda row, column: (last - row, column)
    yield lambda row, column: (row, last - column)
    if square:
        yield lambda row, column: (column, row)
        yield lambda row, column: (last - column, row)
        yield lambda row, column: (column, last - row)
        yield lambda row, column: (last - column, last - row)


def _likeness(before: Grid, now: Grid, turn: Callable[[int, int], tuple[int, int]]) -> int:
    cells = ((row, column) for row in range(SIDE) for column in range(SIDE))
    return sum(
        now[row * SIDE + column] == before[turned[0] * SIDE + turned[1]]
        for row, column in cells
        for turned in [turn(row, column)]
    )
