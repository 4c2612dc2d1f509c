"""The pixels of a recipe's passes: what each begins from, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from sfumato.engines.arena import Arena
from sfumato.engines.edit import mask_of
from sfumato.engines.work import PlaneRef, RegionWork, Work
from sfumato.imaging.compose import laid
from sfumato.imaging.depth import converted
from sfumato.imaging.mask import Mask
from sfumato_client.geometry import Bounds

LEAST_RING, MOST_RING = 8, 32
"""How far a pass over the border reaches into what was made, in pixels; else twice the feather."""


def pass_of(work: Work, variation: int, stage: int) -> Work:
    """A pass of a variation as a work of its own, on what the pass before has made."""
    what = work.stages[stage]
    parameters = replace(what.parameters, seed=work.parameters.seed + variation, variations=1)
    if what.boundary:
        # The border is a selection as it stands.
        parameters = replace(parameters, grow=0.0, feather=0.0)
    with Arena.open(Path(work.arena)) as arena:
        return replace(
            work,
            stages=(),
            # After the first pass there is a picture everywhere, also on new canvas.
            known=None if stage else work.known,
            finished=frozenset(),
            parameters=parameters,
            regions=tuple(_regions(work, arena, variation, stage)),
        )


def finish(work: Work, variation: int, stage: int) -> None:
    """Put together what a pass has left, in the arena.

    What was made along the border fades into what the pass before made inside, under the mask of
    the whole.
    """
    if work.stages[stage].boundary:
        with Arena.open(Path(work.arena)) as arena:
            _lay_over_the_last(work, arena, variation, stage)


def ring(mask: Mask, reach: float) -> Mask:
    """The border of a mask M: all of its fade, and ``reach`` pixels inwards, falling to 0.

    A mask that covers everything has no border; it is its own.
    """
    covered = (mask == 255).astype(np.uint8)
    if covered.all():
        return mask.copy()
    depth = cv2.distanceTransform(covered, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inwards = 0.5 + 0.5 * np.cos(np.pi * np.clip(depth / reach, 0, 1))
    return np.asarray(np.where(mask > 0, np.rint(255 * inwards), 0), np.uint8)


def _regions(work: Work, arena: Arena, variation: int, stage: int) -> Iterator[RegionWork]:
    """Every region with the picture that the last pass left, and the mask of this one."""
    reach = max(LEAST_RING, min(MOST_RING, 2 * work.parameters.feather))
    for region in work.regions:
        here = replace(region, colors=(region.colors[work.result(variation, stage)],))
        if stage:
            _show(work, arena, region, work.result(variation, stage - 1))
            here = replace(here, picture=region.before or region.picture)
        if work.stages[stage].boundary and region.ring is not None:
            arena.array(region.ring)[:] = ring(mask_of(work, arena, region), reach)
            here = replace(here, selection=region.ring, mask=region.ring, result_mask=_room(region))
        yield here


def _room(region: RegionWork) -> PlaneRef:
    """Where a pass over the border leaves what it covers: M stays what it is."""
    return region.ring_mask or region.result_mask


def _lay_over_the_last(work: Work, arena: Arena, variation: int, stage: int) -> None:
    before, here = (work.result(variation, each) for each in (stage - 1, stage))
    for region in work.regions:
        color = arena.array(region.colors[here])
        color[:] = laid(arena.array(region.colors[before]), color, arena.array(_room(region)))
        core = _part(region.core, region.window)
        arena.array(region.result_mask)[core] = mask_of(work, arena, region)[core]


def _show(work: Work, arena: Arena, region: RegionWork, index: int) -> None:
    """Let a region's next picture show what all of them have made, as it would look."""
    if region.before is None:
        return
    picture = arena.array(region.before)
    picture[:] = converted(arena.array(region.picture), picture.dtype)
    for each in work.regions:
        common = each.core.intersection(region.window)
        if common.area:
            here, there = _part(common, region.window), _part(common, each.window)
            made = arena.array(each.colors[index])[there]
            covered = arena.array(each.result_mask)[there]
            picture[here] = laid(picture[here], made, covered)


def _part(part: Bounds, window: Bounds) -> tuple[slice, slice]:
    place = part.relative_to(window)
    return np.s_[place.y : place.bottom, place.x : place.right]
