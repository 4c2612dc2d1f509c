"""The thing in a box or under a click, without weights: GrabCut, from coarse to fine.

Rother, Kolmogorov, Blake: "GrabCut", SIGGRAPH 2004, in OpenCV's implementation. On a reduced
picture the cut learns the colours of the thing and of its surroundings; on every larger scale only
the pixels near the edge are cut again, in tiles, with those colours. So a large picture costs what
its edge is long, and every step is short.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.segment.prompt import Prompt, holds
from sfumato.engines.segment.wand import touched
from sfumato_client.geometry import Bounds, Extent

Image = NDArray[np.uint8]
"""(height, width, 3), sRGB."""
Area = NDArray[np.bool_]
Labels = NDArray[np.uint8]
"""OpenCV's GC_BGD, GC_FGD, GC_PR_BGD and GC_PR_FGD."""

COARSE_SIDE = 320
"""The longest side of the picture on which colours are learned."""
ROUNDS = 8
"""Cuts of the coarse picture: each learns from the one before."""
SURROUNDINGS = 0.35
"""So much of the longer side of what is meant is looked at around it."""
CORE = 0.3
"""What is meant covers the middle of its box: so much of either side belongs to it for sure."""
WAND_ROOM = 0.15
"""So much of its longer side a clicked thing may reach beyond what the wand selected."""
BAND = 4
"""Pixels on either side of the edge that a finer scale decides anew."""
TILE = 96
SPECK = 0.05
"""Parts smaller than this share of the largest are not meant; holes that small belong to it."""


class _Colours(NamedTuple):
    """The mixtures of Gaussians of the surroundings and of the thing, in OpenCV's form."""

    surroundings: NDArray[np.float64]
    thing: NDArray[np.float64]


def cut(image: Image, prompt: Prompt) -> Generator[None, None, Area]:
    """The thing's pixels; yields between short steps. All False if nothing stands out."""
    height, width = image.shape[:2]
    canvas = Bounds(0, 0, width, height)
    meant = _meant(image, prompt)
    box = prompt.box or _around(meant)
    view = box.padded(max(16, round(SURROUNDINGS * max(box.extent)))).intersection(canvas)
    inside = np.s_[view.y : view.bottom, view.x : view.right]
    part = np.ascontiguousarray(image[inside])
    sizes = _sizes(view.extent)
    labels = _first_labels(meant[inside], box.relative_to(view), prompt, view, sizes[0])
    if prompt.outside:
        labels[_resampled(touched(image, prompt.outside)[inside], sizes[0])] = cv2.GC_BGD
    colours = _Colours(np.zeros((1, 65)), np.zeros((1, 65)))
    area = yield from _learned(_seen_at(part, sizes[0]), labels, colours)
    for size in sizes[1:]:
        area = yield from _refined(_seen_at(part, size), _resampled(area, size), colours)
    found = np.zeros((height, width), np.bool_)
    outside = [(y - view.y, x - view.x) for x, y in prompt.outside if holds(view, x, y)]
    found[inside] = _cleaned(area, outside)
    return found


def _meant(image: Image, prompt: Prompt) -> Area:
    """Where the thing may be: the ellipse in its box, or what a wand selects at the clicks."""
    if prompt.box is None:
        return touched(image, prompt.inside)
    return _ellipse(prompt.box, image.shape[:2])


def _ellipse(box: Bounds, shape: tuple[int, ...], share: float = 1.0) -> Area:
    area = np.zeros(shape[:2], np.uint8)
    centre = box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2
    axes = share * box.width, share * box.height
    cv2.ellipse(area, (centre, axes, 0.0), 1, cv2.FILLED)
    return area > 0


def _around(area: Area) -> Bounds:
    """A box around what the wand selected, with room for what it missed."""
    bounds = Bounds(*cv2.boundingRect(area.view(np.uint8)))
    return bounds.padded(max(4, round(WAND_ROOM * max(bounds.extent))))


def _sizes(extent: Extent) -> list[Extent]:
    """From the coarse size to the whole, each at most twice the one before."""
    doublings = max(0, math.ceil(math.log2(max(extent) / COARSE_SIDE)))
    return [
        Extent(max(1, round(extent.width * 0.5**n)), max(1, round(extent.height * 0.5**n)))
        for n in range(doublings, -1, -1)
    ]


def _seen_at(image: Image, size: Extent) -> Image:
    """The picture at this size without grain and what is a pixel thin: no edges run along those."""
    if Extent(image.shape[1], image.shape[0]) != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.medianBlur(image, 3), np.uint8)


def _first_labels(meant: Area, box: Bounds, prompt: Prompt, view: Bounds, size: Extent) -> Labels:
    """What is known before the first cut: sure where clicked and beyond the box."""
    labels = np.where(meant, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    beyond = np.ones(labels.shape, np.bool_)
    beyond[max(0, box.y) : box.bottom, max(0, box.x) : box.right] = False
    labels[beyond] = cv2.GC_BGD
    if prompt.box is not None:
        labels[_ellipse(box, labels.shape, CORE)] = cv2.GC_FGD
    labels = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    scale = size.width / view.width
    for x, y in prompt.inside:
        place = int((x - view.x) * scale), int((y - view.y) * scale)
        cv2.circle(labels, place, 2, cv2.GC_FGD, cv2.FILLED)
    return labels


def _learned(image: Image, labels: Labels, colours: _Colours) -> Generator[None, None, Area]:
    """Cut the coarse picture until the cut stays the same."""
    for _ in range(ROUNDS):
        area = _is_thing(labels)
        if not area.any() or area.all():
            break
        cv2.setRNGSeed(0)  # The mixtures begin with k-means.
        _grab(image, labels, colours, cv2.GC_INIT_WITH_MASK)
        yield
        if np.array_equal(_is_thing(labels), area):
            break
    return _is_thing(labels)


def _refined(image: Image, area: Area, colours: _Colours) -> Generator[None, None, Area]:
    """Cut the pixels near the edge again, tile by tile."""
    kernel = np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8)
    flat = area.view(np.uint8)
    sure, possible = cv2.erode(flat, kernel), cv2.dilate(flat, kernel)
    labels = np.where(area, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[sure > 0] = cv2.GC_FGD
    labels[possible == 0] = cv2.GC_BGD
    for tile, middle in _tiles(possible > sure):
        piece = labels[tile].copy()
        _grab(image[tile], piece, colours, cv2.GC_EVAL_FREEZE_MODEL)
        area[tile][middle] = _is_thing(piece)[middle]
        yield
    return area


def _grab(image: Image, labels: Labels, colours: _Colours, mode: int) -> None:
    """One cut, in place; GC_EVAL_FREEZE_MODEL leaves the colours as they are."""
    no_rectangle = (0, 0, 1, 1)
    cv2.grabCut(image, labels, no_rectangle, colours.surroundings, colours.thing, 1, mode)


def _tiles(band: Area) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Places that hold parts of the band, with some room around, and their middles in them."""
    height, width = band.shape
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            if not band[top : top + TILE, left : left + TILE].any():
                continue
            y, x = max(0, top - BAND), max(0, left - BAND)
            yield (
                np.s_[y : top + TILE + BAND, x : left + TILE + BAND],
                np.s_[top - y : top - y + TILE, left - x : left - x + TILE],
            )


def _resampled(area: Area, size: Extent) -> Area:
    soft = area.astype(np.float32)
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR) > 0.5)


def _is_thing(labels: Labels) -> Area:
    # GC_FGD is 1 and GC_PR_FGD is 3.
    return np.asarray(labels & 1, np.bool_)


def _cleaned(area: Area, outside: Sequence[tuple[int, int]]) -> Area:
    """Without specks, and without holes of a speck's size unless one is ``outside`` (row, column).

    Holes at the border are none.
    """
    area = _without_specks(area)
    limit = SPECK * area.sum()
    count, parts, stats, _ = cv2.connectedComponentsWithStats((~area).view(np.uint8))
    meant = {int(parts[place]) for place in outside}
    height, width = area.shape
    for part in range(1, count):
        left, top, across, down, size = stats[part]
        inner = left > 0 and top > 0 and left + across < width and top + down < height
        if inner and size <= limit and part not in meant:
            area |= parts == part
    return area


def _without_specks(area: Area) -> Area:
    count, parts, stats, _ = cv2.connectedComponentsWithStats(area.view(np.uint8))
    if count < 2:
        return area
    sizes = stats[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(sizes >= SPECK * sizes.max())
    return np.isin(parts, kept)
