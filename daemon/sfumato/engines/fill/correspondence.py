"""For every patch of a hole, the most similar patch of its surroundings.

PatchMatch (Barnes et al., 2009) on arrays: all patches look at once at what their neighbours found
and at random places, and keep what is better. Neighbours at several distances are asked, as on a
GPU, because a good find would otherwise spread by one patch an iteration only.

Similar means: by the colours of known pixels first and of guessed ones less, the deeper in the
hole, the less; and, between equals, the nearer one. A wall goes on as the wall beside it does.
Where it goes on out of the picture no place is copied too often.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.fill.cores import together
from sfumato.engines.fill.crowding import crowding
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

RADIUS = 3
"""Patches are 7 x 7 pixels."""
SIDE = 2 * RADIUS + 1
STRIDE = 2
"""Every second pixel of a hole is a patch's centre: neighbouring patches still overlap by far."""
JUMPS = (8, 4, 2, 1)
"""Distances, in strides, of the neighbours that are asked for their finds."""
LEAST_TRUST = 0.02
"""What a guessed pixel counts at least; a known one counts 1."""
NEARNESS = 2e-3
"""What a source costs that is as far away as the hole is deep (four levels of 255, squared, are
2.5e-4); grows with the square of the distance."""
OPEN, ASIDE = 5.0, 8.0
"""How much dearer distance is in a hole that runs out of the picture, and how much dearer again
along its border. Nothing lies beyond that could set a copy right, so a wall goes on as the wall
beside it, not as the face above that."""
MEETING = 0.25
"""Both grow from nothing over this share of the hole's depth: at its border copies meet the picture
first of all."""
CHUNK = 1024
"""Patches compared at once: as much as stays in a core's cache."""

Indices = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Field:
    """Where each target patch found its like: flat indices of the patches' centres, and the cost.

    ``cost`` is the mean squared difference over the pixels that count, plus the price of the
    source's place; lower is more alike.
    """

    source: Indices
    cost: Colour


class Matcher:
    """The target patches of a hole and the source patches around it, in one picture.

    ``picture`` is (height, width, samples); its pixels in ``hole`` are the guess so far, and those
    neither in ``hole`` nor in ``source`` count for nothing. Sources are patches wholly in
    ``source``; targets are those that touch the hole. Both lie inside the picture. A guessed pixel
    counts ``doubt`` times less with each pixel it lies deeper in the hole.
    """

    def __init__(self, picture: Colour, hole: Area, source: Area, doubt: float) -> None:
        self.height, self.width = hole.shape
        self.hole = hole
        self.valid = ~_dilated(~source, border=True).ravel()
        self.pool = np.flatnonzero(self.valid)
        self.targets = np.flatnonzero(_dilated(hole, border=False) & self._grid())
        self.order = np.full(hole.size, -1)
        self.order[self.targets] = np.arange(self.targets.size)
        across = np.arange(-RADIUS, RADIUS + 1)
        self.offsets = (across[:, None] * self.width + across).ravel()
        self.corner = self.offsets[0]
        depth, nearest = ndimage.distance_transform_edt(hole, return_indices=True)
        trust = np.where(hole | source, np.maximum(doubt**-depth, LEAST_TRUST), 0)
        trusts = trust.ravel()[self.targets[:, None] + self.offsets]
        self.trust = trusts.mean(axis=1)
        self.weights = np.asarray(trusts / trusts.sum(axis=1, keepdims=True), np.float32)
        deepest = max(float(depth.max()), 1.0)
        self.price = np.full(self.targets.size, NEARNESS / deepest**2, np.float32)
        self.aside = np.zeros((self.targets.size, 2), np.float32)
        self.open = _open(hole)
        if self.open:
            inside = np.minimum(depth.ravel()[self.targets] / (MEETING * deepest), 1)
            along = _along_border(hole, depth, nearest).reshape(-1, 2)[self.targets]
            self.aside = along * np.sqrt(ASIDE * OPEN * self.price * inside)[:, None]
            self.price *= 1 + (OPEN - 1) * inside
        self.neighbours = [
            (dy, dx, *self._pairs(dy, dx))
            for jump in (jump * STRIDE for jump in JUMPS)
            for dy, dx in ((0, jump), (0, -jump), (jump, 0), (-jump, 0))
        ]
        self.look_at(picture)

    @property
    def solvable(self) -> bool:
        """Whether there is anything to copy from and to."""
        return bool(self.pool.size and self.targets.size)

    def look_at(self, picture: Colour) -> None:
        """Take a new guess of the hole."""
        self.picture = picture
        self.flat = np.ascontiguousarray(picture.reshape(-1, picture.shape[2]))
        self.blocks = _blocks(self.flat, self.width)
        self.patches = self.patches_at(self.targets)
        self.tried = [np.full(mine.size, -1) for *_, mine, _ in self.neighbours]

    def measured(self, source: Indices) -> Field:
        """The field of given sources, one for each target; from now on they crowd their places."""
        if self.open:
            # One copy, as coherent as can be, or as often as everything must be copied.
            once = SIDE**2 * max(STRIDE**-2, self.targets.size / self.pool.size)
            self.crowded = crowding(source, (self.height, self.width), SIDE, once)
        everyone = np.arange(self.targets.size)
        return Field(source, self._placed(everyone, source) + self._unlike(everyone, source))

    def random(self, rng: np.random.Generator) -> Field:
        """A field of sources drawn anywhere."""
        return self.measured(self.pool[rng.integers(0, self.pool.size, self.targets.size)])

    def improve(self, field: Field, rng: np.random.Generator, radius: int) -> Iterator[None]:
        """Search once for better sources, in place, in a few short steps.

        The finds of neighbours are tried wherever they lie, random places within ``radius`` pixels
        of the present find.
        """
        for (dy, dx, mine, theirs), tried in zip(self.neighbours, self.tried, strict=True):
            found = field.source[theirs]
            # What was asked before of the same guess has the same answer.
            new = found != tried
            tried[:] = found
            found = found[new]
            self._try(field, mine[new], found // self.width - dy, found % self.width - dx)
            yield
        while radius >= 1:
            self._scatter(field, rng, radius)
            radius //= 2
        yield

    def _pairs(self, dy: int, dx: int) -> tuple[Indices, Indices]:
        """Targets that have another one at (dy, dx) from them, and those others."""
        y, x = np.divmod(self.targets, self.width)
        inside = (y + dy >= 0) & (y + dy < self.height) & (x + dx >= 0) & (x + dx < self.width)
        shift = dy * self.width + dx
        other = np.where(inside, self.order[np.where(inside, self.targets + shift, 0)], -1)
        mine = np.flatnonzero(other >= 0)
        return mine, other[mine]

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
        cost = self._placed(which, place)
        near = cost < field.cost[which]
        which, place = which[near], place[near]
        cost = cost[near] + self._unlike(which, place)
        better = cost < field.cost[which]
        field.source[which[better]] = place[better]
        field.cost[which[better]] = cost[better]

    def _placed(self, which: Indices, source: Indices) -> Colour:
        """The price of the place alone: how far away it is, and how crowded."""
        target = self.targets[which]
        dy = source // self.width - target // self.width
        dx = source % self.width - target % self.width
        aside = self.aside[which]
        along = dy * aside[:, 0] + dx * aside[:, 1]
        price = self.price[which] * (dy * dy + dx * dx) + along * along
        if self.open:
            price += self.crowded[source]
        return np.asarray(price, np.float32)

    def _unlike(self, which: Indices, source: Indices) -> Colour:
        """The mean squared difference alone."""
        unlike = np.empty(which.size, np.float32)

        def compare(part: slice) -> None:
            difference = self.patches_at(source[part])
            difference -= self.patches[which[part]]
            squares = np.einsum("ijk,ijk->ij", difference, difference)
            unlike[part] = np.einsum("ij,ij->i", squares, self.weights[which[part]])

        together(compare, [slice(at, at + CHUNK) for at in range(0, which.size, CHUNK)])
        return unlike

    def patches_at(self, centres: Indices) -> Colour:
        """Copies of the patches there: (patches, pixels, samples)."""
        blocks = self.blocks[centres + self.corner]
        return np.asarray(blocks.reshape(centres.size, SIDE * SIDE, -1), np.float32)

    def _grid(self) -> Area:
        """Patch centres: every ``STRIDE`` pixels, and the last that fit at the far borders."""
        grid = np.zeros((self.height, self.width), bool)
        grid[np.ix_(_centres(self.height), _centres(self.width))] = True
        return grid


def _blocks(flat: Colour, width: int) -> Colour:
    """A view of every patch of a picture, by its first pixel: (places, rows, pixels and samples).

    Whole rows of a patch lie together, so copying patches is quick.
    """
    pixels, samples = flat.shape
    places = max(pixels - (SIDE - 1) * (width + 1), 0)
    step, sample = flat.strides
    return as_strided(
        flat, (places, SIDE, SIDE * samples), (step, width * step, sample), writeable=False
    )


def _dilated(area: Area, border: bool) -> Area:
    """All pixels whose patch has one in ``area``; ``border`` tells of what lies outside."""
    square = np.ones((SIDE, SIDE), np.uint8)
    return cv2.dilate(
        area.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=int(border)
    ).astype(bool)


def _open(hole: Area) -> bool:
    """Whether a hole touches the picture's frame."""
    return bool(hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any())


def _along_border(hole: Area, depth: Colour, nearest: Indices) -> Colour:
    """Unit vectors (height, width, 2) along the border nearest to each pixel of a hole, 0 outside.

    ``nearest`` (2, height, width) says where that border is, ``depth`` how far away.
    """
    down, across = (nearest - np.indices(hole.shape)) / np.maximum(depth, 1e-9)
    return np.asarray(np.stack([-across, down], axis=2), np.float32)


def _centres(length: int) -> Indices:
    if length < SIDE:
        return np.zeros(0, np.int64)
    last = length - 1 - RADIUS
    return np.union1d(np.arange(RADIUS, last + 1, STRIDE), [last]).astype(np.int64)


def transferred(field: Field, coarse: Matcher, fine: Matcher, rng: np.random.Generator) -> Field:
    """What a field found at a coarser size, with its costs, for the same hole at a finer one.

    Where that is no source at the finer size, one drawn anywhere stands in.
    """
    down_y, down_x = coarse.height / fine.height, coarse.width / fine.width
    y, x = np.divmod(fine.targets, fine.width)
    here_y = np.minimum((y * down_y).astype(np.int64), coarse.height - 1)
    here_x = np.minimum((x * down_x).astype(np.int64), coarse.width - 1)
    grid = coarse.order.reshape(coarse.hole.shape) < 0
    _, (near_y, near_x) = ndimage.distance_transform_edt(grid, return_indices=True)
    target_y = near_y[here_y, here_x].astype(np.int64)
    target_x = near_x[here_y, here_x].astype(np.int64)
    patch = coarse.order[target_y * coarse.width + target_x]
    found_y, found_x = np.divmod(field.source[patch], coarse.width)
    source_y = y + np.round((found_y - target_y) / down_y).astype(np.int64)
    source_x = x + np.round((found_x - target_x) / down_x).astype(np.int64)
    source_y = np.clip(source_y, 0, fine.height - 1)
    source = source_y * fine.width + np.clip(source_x, 0, fine.width - 1)
    anywhere = fine.pool[rng.integers(0, fine.pool.size, source.size)]
    return Field(np.where(fine.valid[source], source, anywhere), field.cost[patch])
