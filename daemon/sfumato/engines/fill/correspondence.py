"""For every patch of a hole, the most similar patch of its surroundings.

PatchMatch (Barnes et al., 2009) on arrays: all patches look at once at what their neighbours found
and at random places, and keep what is better. Neighbours at several distances are asked, as on a
GPU, because a good find would otherwise spread by one patch an iteration only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

RADIUS = 3
"""Patches are 7 x 7 pixels."""
SIDE = 2 * RADIUS + 1
STRIDE = 2
"""Every second pixel of a hole is a patch's centre: neighbouring patches still overlap by far."""
JUMPS = (8, 4, 2, 1)
"""Distances, in strides, of the neighbours that are asked for their finds."""
CHUNK = 8192
"""Patches compared at once: as much as stays in a core's cache."""

Indices = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Field:
    """Where each target patch found its like: flat indices of the patches' centres, and the cost.

    ``cost`` is the mean squared difference over the pixels that count; lower is more alike.
    """

    source: Indices
    cost: Colour


class Matcher:
    """The target patches of a hole and the source patches around it, in one picture.

    ``picture`` is (height, width, samples); its pixels in ``hole`` are the guess so far, and those
    neither in ``hole`` nor in ``source`` count for nothing. Sources are patches wholly in
    ``source``; targets are those that touch the hole. Both lie inside the picture.
    """

    def __init__(self, picture: Colour, hole: Area, source: Area) -> None:
        self.height, self.width = hole.shape
        self.hole = hole
        square = np.ones((SIDE, SIDE), bool)
        self.valid = ndimage.binary_erosion(source, square).ravel()
        self.pool = np.flatnonzero(self.valid)
        touching = ndimage.binary_dilation(hole, square) & self._grid()
        self.targets = np.flatnonzero(touching)
        self.order = np.full(hole.size, -1)
        self.order[self.targets] = np.arange(self.targets.size)
        across = np.arange(-RADIUS, RADIUS + 1)
        self.offsets = (across[:, None] * self.width + across).ravel()
        counts = (hole | source).ravel()
        self.weights = None
        if not counts.all():
            counted = counts[self.targets[:, None] + self.offsets]
            self.weights = np.asarray(counted / np.maximum(counted.sum(1)[:, None], 1), np.float32)
        self.look_at(picture)

    @property
    def solvable(self) -> bool:
        """Whether there is anything to copy from and to."""
        return bool(self.pool.size and self.targets.size)

    def look_at(self, picture: Colour) -> None:
        """Take a new guess of the hole."""
        self.picture = picture
        self.flat = np.ascontiguousarray(picture.reshape(-1, picture.shape[2]))
        self.patches = self.flat[self.targets[:, None] + self.offsets]

    def measured(self, source: Indices) -> Field:
        """The field of given sources, one for each target."""
        return Field(source, self._cost(np.arange(self.targets.size), source))

    def random(self, rng: np.random.Generator) -> Field:
        """A field of sources drawn anywhere."""
        return self.measured(self.pool[rng.integers(0, self.pool.size, self.targets.size)])

    def improve(
        self, field: Field, rng: np.random.Generator, iterations: int, radius: int
    ) -> Iterator[None]:
        """Search for better sources in place, at random within ``radius`` pixels; a step a yield.

        The finds of neighbours are tried wherever they lie.
        """
        for _ in range(iterations):
            for jump in JUMPS:
                for dy, dx in ((0, jump), (0, -jump), (jump, 0), (-jump, 0)):
                    self._propagate(field, dy * STRIDE, dx * STRIDE)
            yield
            reach = radius
            while reach >= 1:
                self._scatter(field, rng, reach)
                reach //= 2
            yield

    def _propagate(self, field: Field, dy: int, dx: int) -> None:
        """Try what the neighbour at (dy, dx) found, shifted back."""
        y, x = np.divmod(self.targets, self.width)
        inside = (y + dy >= 0) & (y + dy < self.height) & (x + dx >= 0) & (x + dx < self.width)
        shift = dy * self.width + dx
        neighbour = np.where(inside, self.order[np.where(inside, self.targets + shift, 0)], -1)
        mine = np.flatnonzero(neighbour >= 0)
        found = field.source[neighbour[mine]]
        self._try(field, mine, found // self.width - dy, found % self.width - dx)

    def _scatter(self, field: Field, rng: np.random.Generator, reach: int) -> None:
        """Try a random place near each find."""
        everyone = np.arange(self.targets.size)
        dy, dx = rng.integers(-reach, reach + 1, (2, everyone.size))
        self._try(field, everyone, field.source // self.width + dy, field.source % self.width + dx)

    def _try(self, field: Field, which: Indices, y: Indices, x: Indices) -> None:
        """Give the targets ``which`` the sources at (y, x) where those are valid and better."""
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        place = np.where(inside, y * self.width + x, 0)
        use = inside & self.valid[place] & (place != field.source[which])
        which, place = which[use], place[use]
        cost = self._cost(which, place)
        better = cost < field.cost[which]
        field.source[which[better]] = place[better]
        field.cost[which[better]] = cost[better]

    def _cost(self, which: Indices, source: Indices) -> Colour:
        cost = np.empty(which.size, np.float32)
        for start in range(0, which.size, CHUNK):
            part = slice(start, start + CHUNK)
            difference = np.take(self.flat, source[part, None] + self.offsets, axis=0)
            difference -= self.patches[which[part]]
            if self.weights is None:
                cost[part] = np.einsum("ijk,ijk->i", difference, difference) / self.offsets.size
            else:
                weights = self.weights[which[part]]
                cost[part] = np.einsum("ijk,ijk,ij->i", difference, difference, weights)
        return cost

    def _grid(self) -> Area:
        """Patch centres: every ``STRIDE`` pixels, and the last that fit at the far borders."""
        rows = _centres(self.height)
        columns = _centres(self.width)
        grid = np.zeros((self.height, self.width), bool)
        grid[np.ix_(rows, columns)] = True
        return grid


def _centres(length: int) -> Indices:
    if length < SIDE:
        return np.zeros(0, np.int64)
    last = length - 1 - RADIUS
    return np.union1d(np.arange(RADIUS, last + 1, STRIDE), [last]).astype(np.int64)


def transferred(field: Field, coarse: Matcher, fine: Matcher) -> Field:
    """What a field found at a coarser size, with its costs, for the same hole at a finer one."""
    down_y, down_x = coarse.height / fine.height, coarse.width / fine.width
    y, x = np.divmod(fine.targets, fine.width)
    near_y, near_x = _nearest(coarse.order.reshape(coarse.hole.shape) >= 0)
    here = np.minimum((y * down_y).astype(np.int64), coarse.height - 1) * coarse.width
    here += np.minimum((x * down_x).astype(np.int64), coarse.width - 1)
    target = near_y.ravel()[here] * coarse.width + near_x.ravel()[here]
    patch = coarse.order[target]
    found = field.source[patch]
    source_y = y + np.round((found // coarse.width - target // coarse.width) / down_y)
    source_x = x + np.round((found % coarse.width - target % coarse.width) / down_x)
    source_y = np.clip(source_y, 0, fine.height - 1).astype(np.int64)
    source_x = np.clip(source_x, 0, fine.width - 1).astype(np.int64)
    valid_y, valid_x = _nearest(fine.valid.reshape(fine.hole.shape))
    row = valid_y[source_y, source_x].astype(np.int64)
    return Field(row * fine.width + valid_x[source_y, source_x], field.cost[patch])


def _nearest(area: Area) -> NDArray[np.int32]:
    """For every pixel the row and the column of the nearest pixel of the area."""
    _, nearest = ndimage.distance_transform_edt(~area, return_indices=True)
    return np.asarray(nearest)
