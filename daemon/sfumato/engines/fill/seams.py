"""Seams between copies, led through where they differ least.

Every pixel of a hole is copied from some place at some shift; where neighbours are copied at
different shifts, there is a seam. It is seen by as much as the two copies differ on both its sides
(Kwatra et al., 2003), so shifts are chosen anew, pixel by pixel, that make all seams together as
faint as can be, while copies stay like the guess they were found for and, in the ring around the
hole, like the picture.

Lines of pixels take turns: all even rows, given the odd ones, then the odd rows, then columns. A
line takes, exactly (Viterbi, 1967), the best of its own shifts and those of pixels some way off, so
that good copies grow over worse ones and the sum never rises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.cores import CORES, together
from sfumato.engines.fill.correspondence import Indices
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour

MARGIN = 18
"""More than the furthest a shift is ever adopted from."""
FAR = 30.0
"""The colour of what may not be copied: far from all colours."""
SEAM = 0.02
"""What each pixel's length of a seam costs beside its difference: fewer are better."""
GUESSED, KNOWN = 0.1, 2.0
"""What a difference from a guess counts beside one at a seam, and one from the picture."""
BLOCK = 1 << 16
"""Pixels whose choices are weighed at once."""
SOFT = 0.5
"""Standard deviation in pixels of the blur with which copies run into each other at a seam."""

Plane = NDArray[np.float32]
Places = NDArray[np.int32]
"""Pixels of the framed picture by their flat index, or shifts from one to another."""


class Shifts:
    """The shift at which each pixel is copied, as it is being chosen anew.

    Pixels in ``source`` may be copied. ``wanted`` (height, width, samples) is what the copies
    should look like: in ``known`` because it is the picture, elsewhere because it is a guess.
    """

    def __init__(self, copies: Copies, source: Area, wanted: Colour, known: Area) -> None:
        self.copies = copies
        height, width = source.shape
        self.width = width + 2 * MARGIN
        frame = ((MARGIN, MARGIN), (MARGIN, MARGIN))
        self.planes = [
            np.pad(np.where(source, plane, np.float32(FAR)), frame, constant_values=FAR).ravel()
            for plane in np.moveaxis(copies.picture, 2, 0)
        ]
        rows = np.flatnonzero(copies.reached.any(axis=1))
        columns = np.flatnonzero(copies.reached.any(axis=0))
        self.box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        self.area = copies.reached[self.box]
        y, x = np.mgrid[self.box]
        self.place = ((y + MARGIN) * self.width + x + MARGIN).astype(np.int32)
        from_y, from_x = np.divmod(copies.origin.reshape(height, width)[self.box], width)
        self.shift = ((from_y - y) * self.width + from_x - x).astype(np.int32)
        self.wanted = np.moveaxis(wanted[self.box], 2, 0)
        weight = np.where(known[self.box], KNOWN, GUESSED)
        self.weight = np.where(self.area, weight, 0).astype(np.float32)

    def origin(self) -> Indices:
        """Where each pixel is copied from now, as in ``Copies``."""
        height, width = self.copies.reached.shape
        origin = self.copies.origin.reshape(height, width).copy()
        from_y, from_x = np.divmod(self.place + self.shift, self.width)
        copied = (from_y.astype(np.int64) - MARGIN) * width + from_x - MARGIN
        origin[self.box] = np.where(self.area, copied, origin[self.box])
        return origin.ravel()

    def improved(self, distances: Sequence[int]) -> Iterator[None]:
        """Let each line choose among its own shifts and those so many pixels off, in turn."""
        for distance in distances:
            around = ((0, distance), (0, -distance), (distance, 0), (-distance, 0))
            for turned in (False, True):
                for first in (0, 1):
                    choices = [self.shift.copy()]
                    choices += [self._adopted(dy, dx) for dy, dx in around]
                    yield from _View(self, choices, turned).chosen(first)

    def _adopted(self, dy: int, dx: int) -> Places:
        """For each pixel the shift of the one (dy, dx) off, or its own where that has none."""
        height, width = self.shift.shape
        y = np.clip(np.arange(height) + dy, 0, height - 1)
        x = np.clip(np.arange(width) + dx, 0, width - 1)
        shift, area = (plane.take(y, 0).take(x, 1) for plane in (self.shift, self.area))
        return np.asarray(np.where(self.area & area, shift, self.shift), np.int32)


class _View:
    """The shifts by lines: [along a line, line], the lines columns or, turned, rows.

    ``choices`` has one more axis, the first: long inner axes are what numpy is quick with.
    """

    def __init__(self, shifts: Shifts, choices: Sequence[Places], turned: bool) -> None:
        self.along: int = 1 if turned else shifts.width
        self.across: int = shifts.width if turned else 1
        self.place, self.area = _turned(shifts.place, turned), _turned(shifts.area, turned)
        self.shift, self.weight = _turned(shifts.shift, turned), _turned(shifts.weight, turned)
        self.wanted = [_turned(plane, turned) for plane in shifts.wanted]
        self.choices = np.stack([_turned(choice, turned) for choice in choices])
        self.planes = shifts.planes

    def chosen(self, first: int) -> Iterator[None]:
        """Give every second line its best shifts, from ``first`` on, some at a time."""
        lines = np.arange(first, self.place.shape[1], 2)
        count = max(1, BLOCK // self.place.shape[0])
        parts = [lines[start : start + count] for start in range(0, lines.size, count)]
        for at in range(0, len(parts), CORES):
            together(self._choose, parts[at : at + CORES])
            yield

    def _choose(self, lines: Indices) -> None:
        place, choices = self.place[:, lines], self.choices[:, :, lines]
        new = _new(choices)
        cost = self._own(lines, place, choices, new)
        for side in (-1, 1):
            cost += self._beside(lines, side, place, choices, new)
        both = self.area[1:, lines] & self.area[:-1, lines] & new[:, None, :-1] & new[:, 1:]
        steps = self._seams(place[:-1], choices[:, None, :-1], choices[:, 1:], self.along, both)
        best = _cheapest(cost, steps)
        self.shift[:, lines] = np.take_along_axis(choices, best[None], axis=0)[0]

    def _own(self, lines: Indices, place: Places, choices: Places, new: Area) -> Plane:
        """What each choice costs by itself; what is not ``new`` is out of the question."""
        at = _nonzero(new)
        source = np.asarray(place[at[1:]] + choices[at], np.intp)
        squares = np.zeros(source.size, np.float32)
        for plane, wanted in zip(self.planes, self.wanted, strict=True):
            squares += (plane.take(source) - wanted[:, lines][at[1:]]) ** 2
        cost = np.full(choices.shape, np.inf, np.float32)
        cost[at] = np.sqrt(squares) * self.weight[:, lines][at[1:]]
        return cost

    def _beside(
        self, lines: Indices, side: int, place: Places, choices: Places, new: Area
    ) -> Plane:
        """What each choice costs beside the line on one side."""
        neighbours = np.clip(lines + side, 0, self.place.shape[1] - 1)
        there = (neighbours != lines) & self.area[:, lines] & self.area[:, neighbours]
        other = self.shift[:, neighbours]
        return self._seams(place, choices, other, side * self.across, there & new)

    def _seams(self, place: Places, one: Places, other: Places, step: int, on: Area) -> Plane:
        """What seams cost between pixels with shifts ``one`` and those a ``step`` on, ``other``.

        Most neighbours are copied at one shift; only where they are not is anything looked up.
        """
        seam = (one != other) & on
        at = _nonzero(seam)
        here, one, other = (np.broadcast_to(each, seam.shape)[at] for each in (place, one, other))
        price = np.full(here.size, SEAM, np.float32)
        for pixel in (here, here + step):
            squares = np.zeros_like(price)
            at_one, at_other = (np.asarray(pixel + shift, np.intp) for shift in (one, other))
            for plane in self.planes:
                difference = plane.take(at_one) - plane.take(at_other)
                difference *= difference
                squares += difference
            price += np.sqrt(squares, out=squares)
        cost = np.zeros(seam.shape, np.float32)
        cost[at] = price
        return cost


def _turned(plane: NDArray[Any], turned: bool) -> NDArray[Any]:
    return plane.T if turned else plane


def _nonzero(area: Area) -> tuple[Indices, ...]:
    """``np.nonzero``, which is slow where there are many axes."""
    return np.unravel_index(np.flatnonzero(area), area.shape)


def _new(choices: Places) -> Area:
    """Which of a pixel's choices are no earlier one again: most pixels have but one."""
    new = np.ones(choices.shape, bool)
    for index in range(1, len(choices)):
        for earlier in choices[:index]:
            new[index] &= choices[index] != earlier
    return new


def _cheapest(cost: Plane, steps: Plane) -> Indices:
    """The cheapest choices along each line: (along, lines) from (choices, along, lines).

    ``steps`` is (choices, choices, along - 1, lines): from the one before to each.
    """
    _, length, lines = cost.shape
    total = cost.copy()
    for at in range(1, length):
        ways = total[:, None, at - 1] + steps[:, :, at - 1]
        total[:, at] += ways.min(axis=0)
    best = np.zeros((length, lines), np.int64)
    best[-1] = total[:, -1].argmin(axis=0)
    every = np.arange(lines)
    for at in range(length - 1, 0, -1):
        ways = total[:, at - 1] + steps[:, best[at], at - 1, every]
        best[at - 1] = ways.argmin(axis=0)
    return best


def joined(copies: Copies, filled: Colour, source: Area) -> Colour:
    """``filled``, the copies evened out, with those on both sides of a seam run into each other.

    Only beside seams: elsewhere every neighbour would say the same.
    """
    height, width = copies.reached.shape
    shift = (copies.origin - np.arange(height * width)).reshape(height, width)
    seam = (ndimage.maximum_filter(shift, 3) != ndimage.minimum_filter(shift, 3)) & copies.reached
    y, x = np.nonzero(seam)
    flat = copies.picture.reshape(height * width, -1)
    lift = filled.reshape(height * width, -1) - flat[copies.origin]
    own = y * width + x
    total, weight = np.zeros((own.size, flat.shape[1])), np.zeros((own.size, 1))
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            inside = (y + dy >= 0) & (y + dy < height) & (x + dx >= 0) & (x + dx < width)
            theirs = np.where(inside, own + dy * width + dx, own)
            from_y, from_x = np.divmod(copies.origin[theirs], width)
            from_y, from_x = from_y - dy, from_x - dx
            inside &= (from_y >= 0) & (from_y < height) & (from_x >= 0) & (from_x < width)
            at = np.where(inside, from_y * width + from_x, 0)
            may = inside & source.ravel()[at] & copies.reached.ravel()[theirs]
            share = np.where(may, np.exp(-(dy * dy + dx * dx) / (2 * SOFT**2)), 0)[:, None]
            total += share * (flat[at] + lift[theirs])
            weight += share
    result = filled.reshape(height * width, -1).copy()
    result[own] = np.where(weight > 0, total / np.maximum(weight, 1e-9), result[own])
    return np.asarray(result, np.float32).reshape(filled.shape)
