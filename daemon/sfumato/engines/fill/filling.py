"""A patch's holes filled in, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from sfumato.engines.edit import Patch
from sfumato.engines.fill.grain import grained
from sfumato.engines.fill.holes import Marks, holes_of
from sfumato.engines.fill.surface import Surface
from sfumato.engines.fill.synthesis import synthesized
from sfumato.engines.fill.thin import smooth_surface


def filled_in(surface: Surface, patch: Patch, marks: Marks, seed: int) -> Iterator[float]:
    """Fill the holes of a patch in place; yields from 0 to 1 how much of it is done."""
    holes = holes_of(patch, marks)
    total = sum(int(hole.area.sum()) for hole in holes)
    done = 0
    for hole in holes:
        size = int(hole.area.sum())
        if hole.thin:
            smooth = smooth_surface(surface.colour, hole.area, surface.source)
            surface.put(hole.area, grained(smooth, hole.area, surface.source))
        else:
            for share in synthesized(surface, hole.area, seed):
                yield (done + share * size) / total
        done += size
        yield done / total
