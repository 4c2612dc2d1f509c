"""Where a mask is, on a coarse grid: which square cells of the canvas hold any of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sfumato_client.geometry import Bounds
from sfumato_client.selection import Selection

# Side of a cell in pixels.
CELL = 32


class Cell(NamedTuple):
    """A square of the grid that holds some of the mask; ``box`` in canvas pixels."""

    column: int
    row: int
    box: Bounds


def occupied_cells(selection: Selection, beyond: int, canvas: Bounds) -> list[Cell]:
    """Return the cells that may hold some of M, which reaches ``beyond`` px further than S.

    Cells are ``CELL`` px wide, aligned to the canvas and cut at its borders. A cell counts when an
    occupied square of S, grown by ``beyond``, touches it.
    """
    side = CELL
    marked: set[tuple[int, int]] = set()
    for box in _occupied_boxes(selection, side):
        wide = box.padded(beyond).intersection(canvas)
        for row in range(wide.y // side, (wide.bottom - 1) // side + 1):
            for column in range(wide.x // side, (wide.right - 1) // side + 1):
                marked.add((row, column))
    return [
        Cell(column, row, Bounds(column * side, row * side, side, side).intersection(canvas))
        for row, column in sorted(marked)
    ]


def _occupied_boxes(selection: Selection, side: int) -> Iterator[Bounds]:
    """Yield the squares of S, aligned to its own corner, that hold anything above 0."""
    bounds, coverage = selection.bounds, selection.coverage
    nothing = bytes(side)
    for y in range(0, bounds.height, side):
        height = min(side, bounds.height - y)
        line = _any_of_rows(coverage[y * bounds.width : (y + height) * bounds.width], bounds.width)
        for x in range(0, bounds.width, side):
            if not nothing.startswith(line[x : x + side]):
                width = min(side, bounds.width - x)
                yield Bounds(bounds.x + x, bounds.y + y, width, height)


def _any_of_rows(rows: bytes, width: int) -> bytes:
    """Combine rows into one that is above 0 where any of them is."""
    if rows.count(0) == len(rows):
        return bytes(width)
    either = 0
    for start in range(0, len(rows), width):
        either |= int.from_bytes(rows[start : start + width], "little")
    return either.to_bytes(width, "little")
