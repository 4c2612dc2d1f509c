"""Larger holes: texture and structure carried on from around the hole, coarse to fine.

At a small size, where one patch sees much, PatchMatch completion (pypatchmatch) decides what goes
where. Its result is 8-bit and averaged, so it is only the plan: from there on each patch of the
hole is matched with a patch of the surroundings, and those matches are carried to finer and finer
sizes. In the end pixels are copied at full size and depth, as sharp as they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from patchmatch import patch_match

from sfumato.engines.fill.correspondence import RADIUS, Field, Matcher, transferred
from sfumato.engines.fill.draft import draft
from sfumato.engines.fill.holes import Area
from sfumato.engines.fill.pyramid import Level, pyramid
from sfumato.engines.fill.surface import Surface
from sfumato.engines.fill.texture import with_texture
from sfumato.engines.fill.voting import averaged, copied
from sfumato.imaging.colour import matched
from sfumato.imaging.depth import Colour, as_float

PLAN_SIDE = 512
"""Largest side in pixels at which the plan is made."""
CONTEXT = 0.5
"""Surroundings on each side, as a share of the hole's longer side ..."""
LEAST_CONTEXT = 64
"""... and in pixels at least."""
PLAN_SEARCH, FINE_SEARCH = 10, 3
"""Iterations of the search at the plan's size and at each finer one."""
NEARBY = 8
"""How far, in pixels, a finer size searches around what the coarser one found."""


def synthesized(surface: Surface, hole: Area, seed: int) -> Iterator[float]:
    """Fill ``hole`` in place; yields from 0 to 1 how much of it is done."""
    window = _around(hole)
    level = Level(surface.colour[window], hole[window], surface.source[window])
    whole = surface.colour.copy()
    whole[window] = yield from _completed(level, seed)
    surface.put(hole, whole)


def _completed(level: Level, seed: int) -> Generator[float, None, Colour]:
    """The picture with its hole filled; yields the share done."""
    rng = np.random.default_rng(seed)
    levels = pyramid(level, PLAN_SIDE)
    matchers = [Matcher(with_texture(each.picture, each.source), *each[1:]) for each in levels]
    if not all(matcher.solvable for matcher in matchers):
        return draft(level.picture, ~level.source)
    plan, *finer = matchers
    work = PLAN_SEARCH * plan.targets.size + FINE_SEARCH * sum(m.targets.size for m in finer)
    done = 0.0
    plan.look_at(_planned(levels[0], seed, plan))
    yield done
    field = plan.random(rng)
    for _ in plan.improve(field, rng, PLAN_SEARCH, max(levels[0].hole.shape)):
        done += plan.targets.size / work / 2
        yield done
    matcher = plan
    for fine in finer:
        field = transferred(field, matcher, fine)
        matcher = fine
        matcher.look_at(copied(matcher, field))
        field = matcher.measured(field.source)
        for _ in matcher.improve(field, rng, FINE_SEARCH, NEARBY):
            done += matcher.targets.size / work / 2
            yield done
    return _finished(matcher, field, level)


def _finished(matcher: Matcher, field: Field, level: Level) -> Colour:
    """Pixels copied for the hole, their colour matched to the surroundings."""
    samples = level.picture.shape[2]
    said, covered = averaged(matcher, field)
    colour = np.where(level.hole[..., None], copied(matcher, field), said)[..., :samples]
    return matched(colour, level.picture, level.hole, covered & level.source)


def _planned(level: Level, seed: int, matcher: Matcher) -> Colour:
    """The matcher's picture with its hole as pypatchmatch completes it, at 8 bit."""
    eight = np.asarray(np.round(level.picture * 255), np.uint8)
    rgb = np.ascontiguousarray(np.broadcast_to(eight, (*level.hole.shape, 3)))
    neither = ~level.source & ~level.hole
    patch_match.set_random_seed(seed % 2**32)
    complete = patch_match.inpaint(
        rgb, level.hole, global_mask=neither if neither.any() else None, patch_size=RADIUS
    )
    planned = as_float(complete[..., : level.picture.shape[2]])
    hole = level.hole[..., None]
    whole = with_texture(np.where(hole, planned, level.picture), np.ones_like(level.hole))
    return np.where(hole, whole, matcher.picture)


def _around(hole: Area) -> tuple[slice, slice]:
    rows, columns = np.nonzero(hole.any(axis=1))[0], np.nonzero(hole.any(axis=0))[0]
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    margin = int(CONTEXT * longer) + LEAST_CONTEXT
    return np.s_[
        max(rows[0] - margin, 0) : rows[-1] + margin + 1,
        max(columns[0] - margin, 0) : columns[-1] + margin + 1,
    ]
