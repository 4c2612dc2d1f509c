"""Extending a picture: how the canvas grows, and which windows paint what is new.

The new canvas has the known picture somewhere inside. What lies around it is painted strip by
strip: left and right first, then top and bottom over the whole width, corners included. A strip
too large for one window is cut along its length and its depth, from the inside out, so that every
window sees enough of what is known or made already. Windows overlap; cores do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from sfumato_client.errors import Refused
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.plan import Place
from sfumato_client.wire import parameters_pb2
from sfumato_client.wire.models_pb2 import Model

# Of a window's depth so much is known, at least, and so many pixels. A fill copies, and has to see
# a pattern more than once.
KNOWN_SHARE, LEAST_KNOWN = 0.3, 64
KNOWN_SHARE_TO_COPY, LEAST_KNOWN_TO_COPY = 0.5, 256
# A window has at most so many times the area of the model's training; beyond, models repeat
# themselves. What fill takes at once is about time.
MOST_AREAS = 4
FILL_AREA = 1024 * 1024
# A model that is trained on squares sees little in a narrow window.
MOST_ASPECT = 2.0
# How far the new part reaches over the known one; in smaller pictures a share of the smaller side.
OVERLAP = 32
OVERLAP_SHARE = 1 / 8


class Anchor(Enum):
    """Where the known picture stands on the new canvas: parts of the new space left and above."""

    CENTER = (0.5, 0.5)
    LEFT = (0.0, 0.5)
    RIGHT = (1.0, 0.5)
    TOP = (0.5, 0.0)
    BOTTOM = (0.5, 1.0)
    TOP_LEFT = (0.0, 0.0)
    TOP_RIGHT = (1.0, 0.0)
    BOTTOM_LEFT = (0.0, 1.0)
    BOTTOM_RIGHT = (1.0, 1.0)


class Sides(NamedTuple):
    """Pixels to be added on each side; at least 0, and not all 0."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


class Growth(NamedTuple):
    """A canvas that has grown around the ``known`` picture.

    The new part reaches ``overlap`` px over the known one, fading out.
    """

    canvas: Extent
    known: Bounds
    overlap: int

    @staticmethod
    def of(picture: Extent, sides: Sides, overlap: int | None = None) -> Growth:
        """Grow a picture's canvas; ``Refused`` where that adds nothing or takes away."""
        if min(sides) < 0 or not any(sides):
            raise Refused("Say how much to add: at least one pixel on one side.", "NOTHING_ADDED")
        if overlap is None:
            overlap = min(OVERLAP, int(min(picture) * OVERLAP_SHARE))
        canvas = Extent(
            sides.left + picture.width + sides.right, sides.top + picture.height + sides.bottom
        )
        return Growth(canvas, Bounds(sides.left, sides.top, *picture), overlap)

    @property
    def sides(self) -> Sides:
        """What was added."""
        known, canvas = self.known, self.canvas
        return Sides(known.x, known.y, canvas.width - known.right, canvas.height - known.bottom)

    @property
    def untouched(self) -> Bounds:
        """The part of the known picture that nothing new lies over; may be empty."""
        left, top, right, bottom = (self.overlap if side else 0 for side in self.sides)
        known = self.known
        left, right = _within(known.x + left, known.right - right)
        top, bottom = _within(known.y + top, known.bottom - bottom)
        return Bounds.between(left, top, right, bottom)

    @property
    def message(self) -> parameters_pb2.Outpaint:
        """The same on the wire."""
        left, top, right, bottom = self.sides
        return parameters_pb2.Outpaint(
            left=left,
            top=top,
            right=right,
            bottom=bottom,
            overlap=self.overlap,
            known={"width": self.known.width, "height": self.known.height},
        )

    def coverage(self, window: Bounds) -> bytes:
        """Return S over a window, one byte a pixel: 255 where the canvas is new."""
        known = self.known.intersection(window).relative_to(window)
        if not known.area:
            return b"\xff" * window.area
        new = b"\xff" * window.width
        row = b"\xff" * known.x + bytes(known.width) + b"\xff" * (window.width - known.right)
        below = window.height - known.bottom
        return new * known.y + row * known.height + new * below


def sides_for_aspect(
    picture: Extent, width: float, height: float, anchor: Anchor = Anchor.CENTER
) -> Sides:
    """Return what makes the smallest canvas of the aspect ``width`` to ``height`` with the picture.

    ``Refused`` for an aspect that is none, and for one the picture has already.
    """
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise Refused(f"{width:g}:{height:g} is no aspect; both numbers are above 0.")
    across = max(picture.width, round(picture.height * width / height)) - picture.width
    down = max(picture.height, round(picture.width * height / width)) - picture.height
    if not across and not down:
        raise Refused(f"The picture has the aspect {width:g}:{height:g} already.", "NOTHING_ADDED")
    left, top = round(across * anchor.value[0]), round(down * anchor.value[1])
    return Sides(left, top, across - left, down - top)


def tiles(growth: Growth, model: Model | None = None) -> tuple[Place, ...]:
    """Choose the windows that paint what is new, in the order of painting.

    Cores are disjoint and hold all that is new with its overlap. At least 30 % of a window are
    known, or made by earlier windows; it fits the ``model`` or, without one, fill.
    """
    native = model.native_area if model is not None else 0
    limit = math.isqrt(MOST_AREAS * (native or FILL_AREA))
    share = KNOWN_SHARE if native else KNOWN_SHARE_TO_COPY
    cutter = _Cutter(Bounds.of(growth.canvas), limit, share, narrow=not native)
    inner, canvas = growth.untouched, Bounds.of(growth.canvas)
    strips = (
        (_LEFT, Bounds.between(0, inner.y, inner.x, inner.bottom)),
        (_RIGHT, Bounds.between(inner.right, inner.y, canvas.right, inner.bottom)),
        (_TOP, Bounds.between(0, 0, canvas.right, inner.y)),
        (_BOTTOM, Bounds.between(0, inner.bottom, canvas.right, canvas.bottom)),
    )
    return tuple(
        place for side, strip in strips if strip.area for place in cutter.places(strip, side)
    )


class _Side(NamedTuple):
    """A side of the picture: whether its strip stands upright, and grows to smaller coordinates."""

    upright: bool
    backwards: bool


_LEFT, _RIGHT = _Side(True, True), _Side(True, False)
_TOP, _BOTTOM = _Side(False, True), _Side(False, False)


class _Cutter(NamedTuple):
    """Cuts strips into windows of at most ``limit`` px a side, of which ``share`` is known."""

    canvas: Bounds
    limit: int
    share: float
    narrow: bool

    def places(self, strip: Bounds, side: _Side) -> Iterator[Place]:
        """Yield the places of one strip: layer by layer from the picture outwards."""
        depth, length = strip.width, strip.height
        if not side.upright:
            depth, length = length, depth
        layers = self._cut(depth)
        for near, far in layers:
            for begin, end in self._cut(length):
                core = _placed(strip, side, near, far, begin, end)
                yield Place(self._window(core, side, far - near, end - begin, begin), core)

    def _cut(self, whole: int) -> list[tuple[int, int]]:
        """Cut a length evenly into pieces that leave room for what is known in a window."""
        room = max(1, int(self.limit * (1 - self.share)))
        count = 1 if whole <= room else math.ceil(whole / room)
        edges = [round(whole * index / count) for index in range(count + 1)]
        return list(pairwise(edges))

    def _window(self, core: Bounds, side: _Side, depth: int, length: int, begun: int) -> Bounds:
        """The core with what it is continued from: towards the picture, and the tile before."""
        before = min(begun, self._known(length))
        inwards = self._known(depth)
        if not self.narrow:
            inwards = max(inwards, math.ceil((length + before) / MOST_ASPECT) - depth)
        left = right = top = bottom = 0
        if side.upright:
            left, right = (0, inwards) if side.backwards else (inwards, 0)
            top = before
        else:
            top, bottom = (0, inwards) if side.backwards else (inwards, 0)
            left = before
        window = Bounds.between(
            core.x - left, core.y - top, core.right + right, core.bottom + bottom
        )
        return window.intersection(self.canvas)

    def _known(self, new: int) -> int:
        """How much known picture goes with so many new pixels, in a row of them."""
        least = LEAST_KNOWN_TO_COPY if self.narrow else LEAST_KNOWN
        return max(least, math.ceil(new * self.share / (1 - self.share)))


def _placed(strip: Bounds, side: _Side, near: int, far: int, begin: int, end: int) -> Bounds:
    """A part of a strip: ``near`` to ``far`` from the picture, ``begin`` to ``end`` along it."""
    if side.upright:
        left = strip.right - far if side.backwards else strip.x + near
        return Bounds(left, strip.y + begin, far - near, end - begin)
    top = strip.bottom - far if side.backwards else strip.y + near
    return Bounds(strip.x + begin, top, end - begin, far - near)


def _within(low: int, high: int) -> tuple[int, int]:
    """Two edges that may have passed each other, at one place between them."""
    return (low, high) if low <= high else ((low + high) // 2,) * 2
