"""From what was found to the selection that the artist gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.arena import Arena
from sfumato.engines.messages import Found
from sfumato.engines.target import Instance, Target
from sfumato.engines.work import Work
from sfumato.imaging.depth import converted
from sfumato.imaging.mask import Mask, dilated
from sfumato_client.geometry import Bounds

SELECTED = 128
"""Coverage from which a pixel counts as selected."""


class Thing(NamedTuple):
    """One thing found: its coverage of the whole window, and how sure that is, 0 to 1."""

    coverage: Mask
    confidence: float
    label: str = ""


def picture_of(work: Work) -> NDArray[np.uint8]:
    """The picture to look at: (height, width, 3), sRGB at 8 bit; nothing shows as mid gray."""
    with Arena.open(Path(work.arena)) as arena:
        samples = converted(arena.array(work.regions[0].picture), np.uint8)
        colour = samples[..., :-1] if samples.shape[2] in (2, 4) else samples
        picture: NDArray[Any] = np.repeat(colour, 3 // colour.shape[2], axis=2)
        if samples.shape[2] in (2, 4):
            alpha = samples[..., -1:] / np.float32(255)
            picture = np.asarray(128 + (picture - np.float32(128)) * alpha + 0.5, np.uint8)
    return np.ascontiguousarray(picture)


def deliver(work: Work, things: Iterable[Thing]) -> Found:
    """Write the surest things as one selection, grown and inverted as wanted; what they are."""
    target, region = _target(work), work.regions[0]
    chosen = best(things, target)
    with Arena.open(Path(work.arena)) as arena:
        selection = arena.array(region.selection)
        selection[:] = 0
        for thing in chosen:
            np.maximum(selection, thing.coverage, out=selection)
        if target.grow:
            selection[:] = dilated(selection, target.grow)
        if target.invert:
            np.subtract(255, selection, out=selection)
    return Found(
        work.id,
        tuple(
            Instance(_box(thing.coverage, region.window), thing.confidence, thing.label)
            for thing in chosen
        ),
    )


def best(things: Iterable[Thing], target: Target) -> Sequence[Thing]:
    """Those that are sure enough and cover anything, the surest first, as many as are wanted."""
    able = [
        thing
        for thing in things
        if thing.confidence >= target.confidence and (thing.coverage >= SELECTED).any()
    ]
    return sorted(able, key=lambda thing: thing.confidence, reverse=True)[: target.count]


def smooth(area: NDArray[np.bool_]) -> Mask:
    """An area as coverage whose edge has no stairs and is a pixel or two soft."""
    return np.asarray(cv2.GaussianBlur(np.where(area, np.uint8(255), np.uint8(0)), (0, 0), 1.0))


def distinctness(image: NDArray[np.uint8], area: NDArray[np.bool_]) -> float:
    """How little an area's colours overlap with those of the ring around it, 0 to 1.

    One minus the Bhattacharyya coefficient of the two histograms.
    """
    reach = max(3, round(0.1 * np.sqrt(area.sum())))
    flat = area.astype(np.uint8)
    ring = cv2.boxFilter(flat, -1, (2 * reach + 1,) * 2, normalize=False) > 0
    counts = [
        cv2.calcHist([image], [0, 1, 2], part.astype(np.uint8), [8, 8, 8], [0, 256] * 3)
        for part in (area, ring & ~area)
    ]
    if not all(count.any() for count in counts):
        return 0.0
    inside, around = (count / count.sum() for count in counts)
    return float(np.clip(1 - np.sqrt(inside * around).sum(), 0, 1))


def _target(work: Work) -> Target:
    assert work.target is not None, "an edit came to an engine that makes selections"
    return work.target


def _box(coverage: Mask, window: Bounds) -> Bounds:
    x, y, width, height = cv2.boundingRect((coverage >= SELECTED).astype(np.uint8))
    return Bounds(window.x + x, window.y + y, width, height)
