"""Which parts of the canvas travel: the windows of an edit, and the core that each one delivers.

The cost of an edit follows its windows' pixels. One window over a long wire or over dust spots all
over a picture would be the whole picture, so such a selection is cut: the mask's bounds are halved
by straight cuts, again and again, each part shrinking to what it holds, as long as that saves
pixels clearly. As cuts are straight, the cores never overlap and together hold the whole mask.

Where the artist says how much a window shows of the surroundings, it is to look closely: then every
piece of the selection has windows of its own, whatever they cost.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

from sfumato_client.framing import Framing
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.mask import reach
from sfumato_client.occupancy import CELL, Cell, occupied_cells
from sfumato_client.pieces import box_of, pieces
from sfumato_client.selection import Selection, bounds_of_coverage
from sfumato_client.wire.models_pb2 import Model
from sfumato_client.wire.parameters_pb2 import Context

# Several windows have to cost at most this part of one: they also cost coherence.
CLEAR_SAVING = 0.7
MOST_PLACES = 128
# How many cuts in each direction are compared.
MOST_CUTS = 24
# A box this full of occupied cells is not worth cutting.
DENSE = 0.6


class Place(NamedTuple):
    """A window to be sent, and the core of it whose masked pixels are wanted back."""

    window: Bounds
    core: Bounds


def plan(
    selection: Selection,
    canvas: Extent,
    *,
    grow: float,
    feather: float,
    context: Context | None = None,
    model: Model | None = None,
    most: int = MOST_PLACES,
) -> tuple[Place, ...]:
    """Choose the windows of an edit, in reading order of their cores.

    ``selection`` is trimmed and lies on the canvas; ``grow`` and ``feather`` are in pixels. Without
    a ``model``, or with one that takes any size (as fill does), a window holds enough known
    surroundings to continue them; otherwise it fits the model's native area and is widened to its
    nearest aspect bucket. Cores are disjoint and hold all of M > 0; ``most`` bounds their number.
    """
    whole = Bounds.of(canvas)
    beyond = reach(grow, feather)
    if context is not None and context.mode == Context.MODE_WHOLE:
        return (Place(whole, selection.bounds.padded(beyond).intersection(whole)),)
    framing = Framing(whole, beyond, context, model)
    cells = occupied_cells(selection, beyond, whole)
    apart = pieces(cells, framing, most) if framing.close else [cells]
    places: list[Place] = []
    for waiting, piece in enumerate(reversed(apart)):
        room = most - len(places) - (len(apart) - 1 - waiting)
        places += _planned(_Part(piece, framing), selection, framing, room, alone=len(apart) == 1)
    return tuple(sorted(places, key=lambda place: (place.core.y, place.core.x)))


def _planned(
    tree: _Part, selection: Selection, framing: Framing, most: int, *, alone: bool
) -> list[Place]:
    """Return the places of one piece; ``alone`` if the selection has no other."""
    places = []
    for part in _best_parts(tree, most):
        core = _tight(part.box, selection, framing.beyond)
        if core is not None:
            places.append(Place(framing.window(core, part.cells, cut=True), core))
    masked = reduce(Bounds.union, (place.core for place in places))
    single = Place(framing.window(masked, tree.cells, cut=not alone), masked)
    cost = sum(framing.cost(place.window) for place in places)
    if len(places) == 1 or cost > CLEAR_SAVING * framing.cost(single.window):
        return [single]
    return places


def _best_parts(tree: _Part, most: int) -> list[_Part]:
    """Return the parts of a tree whose windows cost the least; at most ``most`` of them."""
    leaves = tree.leaves()
    while len(leaves) > most:
        joints = [part for part in tree.inner() if all(half.whole for half in part.halves)]
        joints.sort(key=lambda part: part.cost - sum(half.cost for half in part.halves))
        for joint in joints[: max(1, (len(leaves) - most) // 2)]:
            joint.join()
        leaves = tree.leaves()
    return leaves


class _Part:
    """Some cells as one window, or as the two halves that a straight cut makes of them."""

    def __init__(self, cells: list[Cell], framing: Framing) -> None:
        self.box = box_of(cells)
        self.cells = len(cells)
        self.cost = framing.cost(framing.window(self.box, self.cells, cut=True))
        self.halves: tuple[_Part, ...] = ()
        # Two windows cannot cost less than two of the smallest.
        least = 2 * framing.cost(framing.window(cells[0].box, 1, cut=True))
        filled = self.cells * CELL * CELL / self.box.area
        if self.cells > 1 and filled < DENSE and least < self.cost:
            halves = tuple(_Part(half, framing) for half in _halved(cells, framing))
            if sum(half.best for half in halves) < self.cost:
                self.halves = halves

    @property
    def whole(self) -> bool:
        """Whether it stays one window."""
        return not self.halves

    @property
    def best(self) -> int:
        """What it costs, cut as it is."""
        return sum(half.best for half in self.halves) if self.halves else self.cost

    def leaves(self) -> list[_Part]:
        """Return the windows it is cut into."""
        if self.whole:
            return [self]
        return [leaf for half in self.halves for leaf in half.leaves()]

    def inner(self) -> list[_Part]:
        """Return the parts that are cut."""
        if self.whole:
            return []
        return [self, *(part for half in self.halves for part in half.inner())]

    def join(self) -> None:
        """Make it one window after all."""
        self.halves = ()


def _halved(cells: list[Cell], framing: Framing) -> tuple[list[Cell], list[Cell]]:
    """Cut cells where the two windows together are smallest, near the middle if many places are."""
    best: tuple[tuple[int, int], list[Cell], int] | None = None
    for along in (_column, _row):
        ordered = sorted(cells, key=along)
        before = _running_boxes(ordered)
        after = _running_boxes(ordered[::-1])[::-1]
        for index in _cuts([along(cell) for cell in ordered]):
            cost = framing.cost(framing.window(before[index - 1], index, cut=True))
            cost += framing.cost(framing.window(after[index], len(cells) - index, cut=True))
            key = cost, abs(2 * index - len(ordered))
            if best is None or key < best[0]:
                best = key, ordered, index
    assert best is not None, "two cells differ in their row or their column"
    _, ordered, index = best
    return ordered[:index], ordered[index:]


def _cuts(lines: list[int]) -> list[int]:
    """Return the indices where sorted cells can be cut: between two lines of the grid.

    Of many, some are taken evenly, as a cut near the best one is nearly as good.
    """
    cuts = [index for index in range(1, len(lines)) if lines[index] != lines[index - 1]]
    return cuts if len(cuts) <= MOST_CUTS else cuts[:: len(cuts) // MOST_CUTS]


def _column(cell: Cell) -> int:
    return cell.column


def _row(cell: Cell) -> int:
    return cell.row


def _running_boxes(cells: list[Cell]) -> list[Bounds]:
    boxes = [cells[0].box]
    for cell in cells[1:]:
        boxes.append(boxes[-1].union(cell.box))
    return boxes


def _tight(box: Bounds, selection: Selection, beyond: int) -> Bounds | None:
    """Shrink a box of cells to the mask in it; None if it holds none."""
    near = box.padded(beyond).intersection(selection.bounds)
    if not near.area:
        return None
    found = bounds_of_coverage(selection.over(near), near.width)
    if found is None:
        return None
    tight = found.shifted(near.x, near.y).padded(beyond).intersection(box)
    return tight if tight.area else None
