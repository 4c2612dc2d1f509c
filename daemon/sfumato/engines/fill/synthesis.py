"""Larger holes: texture and structure carried on from around the hole, coarse to fine.

Completion by patches (Wexler et al., 2007): guess the hole, find for every patch that touches it
the most similar patch of the surroundings, let those vote for a new guess, and again. It begins
with a smooth guess at a size where patches see across the hole, so that what lies on both sides
meets; the finds, not the blurred guess, are carried to finer sizes. In the end pixels are copied
at full size and depth, as sharp as they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from scipy import ndimage

from sfumato.engines.fill.copies import Copies
from sfumato.engines.fill.correspondence import RADIUS, Field, Matcher, transferred
from sfumato.engines.fill.draft import draft
from sfumato.engines.fill.evening import evened
from sfumato.engines.fill.holes import Area
from sfumato.engines.fill.meeting import met
from sfumato.engines.fill.pyramid import Level, pyramid
from sfumato.engines.fill.seams import Shifts, joined
from sfumato.engines.fill.surface import Surface
from sfumato.engines.fill.texture import with_texture
from sfumato.engines.fill.voting import averaged, guessed, origins
from sfumato.imaging.depth import Colour

CONTEXT = 0.5
"""Surroundings on each side, as a share of the hole's longer side ..."""
LEAST_CONTEXT = 64
"""... and in pixels at least."""
ROUNDS = (10, 6, 4, 3)
"""How often the hole is guessed anew, from the smallest size on; the last for all finer ones."""
DOUBT, LAST_DOUBT = 1.3, 2.0
"""How little deep guesses count. At small sizes they must agree with each other, or islands form;
from the last size that is searched all over, where the rest is decided, with the surroundings."""
SEARCHES = 2
"""Searches for better patches in a round."""
SETTLED = 0.03
"""A size is done with when no larger share of its patches found anything better in a round."""
FAR = 512
"""Pictures up to this side are searched all over; in larger ones, where the finds come from a
smaller size, one round ..."""
NEARBY = 8
"""... within so many pixels is enough."""

REACHES, LAST_REACHES = (16, 8, 4, 2, 1), (4, 2, 1)
"""From how far off pixels adopt shifts, one after the other: in pictures up to ``FAR``, and in
larger ones, where they cohere already."""


def synthesized(surface: Surface, hole: Area, seed: int) -> Iterator[float]:
    """Fill ``hole`` in place; yields from 0 to 1 how much of it is done."""
    window = _around(hole)
    level = Level(surface.colour[window], hole[window], surface.source[window])
    whole = surface.colour.copy()
    whole[window] = yield from _completed(level, seed)
    surface.put(hole, whole)


def _completed(level: Level, seed: int) -> Generator[float, None, Colour]:
    """The picture with its hole filled; yields the share done."""
    levels = pyramid(level)
    decided = sum(max(each.hole.shape) <= FAR for each in levels) - 1
    doubts = [DOUBT if index < decided else LAST_DOUBT for index in range(len(levels))]
    matchers = [
        Matcher(with_texture(each.picture, each.source), each.hole, each.source, doubt)
        for each, doubt in zip(levels, doubts, strict=True)
    ]
    if not all(matcher.solvable for matcher in matchers):
        return draft(level.picture, ~level.source)
    plans = [_plan(index, each.hole.shape) for index, each in enumerate(levels)]
    costs = [plan[0] * m.targets.size for plan, m in zip(plans, matchers, strict=True)]
    rng = np.random.default_rng(seed)
    first = matchers[0]
    first.look_at(draft(first.picture, ~levels[0].source))
    field, coarser = first.random(rng), first
    for index, (matcher, (rounds, radius)) in enumerate(zip(matchers, plans, strict=True)):
        if matcher is not coarser:
            field = transferred(field, coarser, matcher, rng)
            matcher.look_at(guessed(matcher, averaged(matcher, field)))
            field, coarser = matcher.measured(field.source), matcher
        for turn in range(rounds):
            before = field.source.copy()
            for _ in range(SEARCHES):
                for _ in matcher.improve(field, rng, radius):
                    yield (sum(costs[:index]) + costs[index] * turn / rounds) / sum(costs)
            if np.mean(field.source != before) < SETTLED:
                break
            if turn < rounds - 1:
                matcher.look_at(guessed(matcher, averaged(matcher, field)))
                field = matcher.measured(field.source)
    return (yield from _finished(coarser, field, level))


def _plan(index: int, shape: tuple[int, ...]) -> tuple[int, int]:
    """Rounds, and how far to search in them."""
    if max(shape) <= FAR or index == 0:
        return ROUNDS[min(index, len(ROUNDS) - 1)], max(shape)
    return 1, NEARBY


def _finished(matcher: Matcher, field: Field, level: Level) -> Generator[float, None, Colour]:
    """Copies for the hole, joined where it shows least, evened out and shaded to meet the picture.

    The patches that fill the hole reach a little beyond it, over the known picture; there the two
    fade into each other.
    """
    origin, reached = origins(matcher, field)
    samples = level.picture.shape[2]
    wanted = guessed(matcher, averaged(matcher, field))[..., :samples]
    shifts = Shifts(Copies(level.picture, reached, origin), level.source, wanted, ~level.hole)
    for _ in shifts.improved(REACHES if max(level.hole.shape) <= FAR else LAST_REACHES):
        yield 1.0
    copies = Copies(level.picture, reached, shifts.origin())
    filled = joined(copies, evened(copies, reached & level.source), level.source)
    distance = ndimage.distance_transform_edt(~level.hole)
    share = np.where(reached, np.maximum(1 - distance / (2 * RADIUS + 1), 0), 0)[..., None]
    mixed = share * filled + (1 - share) * level.picture
    return met(np.asarray(np.clip(mixed, 0, 1), np.float32), level.hole, level.source)


def _around(hole: Area) -> tuple[slice, slice]:
    rows, columns = np.nonzero(hole.any(axis=1))[0], np.nonzero(hole.any(axis=0))[0]
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    margin = int(CONTEXT * longer) + LEAST_CONTEXT
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )
