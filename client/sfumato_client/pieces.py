"""The pieces of a selection that are worked on one by one when the model is to look closely."""

from __future__ import annotations

from functools import reduce

from sfumato_client.framing import Framing
from sfumato_client.geometry import Bounds
from sfumato_client.occupancy import Cell


def pieces(cells: list[Cell], framing: Framing, most: int) -> list[list[Cell]]:
    """Part cells that do not touch, unless one lies in the window of the other.

    So no window shows what another one is still to replace, and the pieces' boxes are disjoint.
    What falls into more than ``most`` is left as one.
    """
    apart = _connected(cells)
    if len(apart) > most:
        return [cells]
    found: list[list[Cell]] = []
    for piece in apart:
        joined = piece
        while near := [other for other in found if _seen(joined, other, framing)]:
            found = [other for other in found if other not in near]
            joined = [cell for part in (*near, joined) for cell in part]
        found.append(joined)
    return found


def box_of(cells: list[Cell]) -> Bounds:
    """The smallest bounds that hold all cells."""
    return reduce(Bounds.union, (cell.box for cell in cells))


def _seen(one: list[Cell], other: list[Cell], framing: Framing) -> bool:
    """Whether the window of one of the two shows some of the other."""
    here, there = box_of(one), box_of(other)
    windows = (
        (framing.window(here, len(one), cut=True), there),
        (framing.window(there, len(other), cut=True), here),
    )
    return any(window.intersection(box).area for window, box in windows)


def _connected(cells: list[Cell]) -> list[list[Cell]]:
    """Part cells into those that touch, at their corners too, in the order of their first."""
    left = {(cell.column, cell.row): cell for cell in cells}
    parts = []
    while left:
        _, first = left.popitem()
        part = [first]
        for cell in part:  # grows while it is walked
            for column in range(cell.column - 1, cell.column + 2):
                for row in range(cell.row - 1, cell.row + 2):
                    beside = left.pop((column, row), None)
                    if beside is not None:
                        part.append(beside)
        parts.append(part)
    return parts
