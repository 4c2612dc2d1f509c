"""One edit's pixels, as every engine sees them: patches out, colours in.

An edit is a number of variations of a number of regions, which run in order. A region's patch
already holds what the earlier regions of its variation made; all of that is read back from the
arena, so an engine may work on several variations at once and in any order of its own.

Beyond its core a region paints a little of what earlier ones made anew, and there its result fades
into theirs: so no line shows where two cores meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.arena import Arena
from sfumato.engines.base import Refused
from sfumato.engines.messages import Preview
from sfumato.engines.parameters import Gray
from sfumato.engines.work import RegionWork, Work
from sfumato.imaging.compose import composed, laid
from sfumato.imaging.depth import Colour, Pixels, converted
from sfumato.imaging.mask import Mask, soft_mask
from sfumato.imaging.preview import jpeg
from sfumato_client.geometry import Bounds

BLEND = 32
"""Pixels over which a region's result fades into those of earlier ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One region of one variation, ready to be worked on. All arrays have the window's size.

    ``window`` and ``core`` are canvas coordinates. ``picture`` is (height, width, samples) at the
    document's depth with earlier regions' results laid in; ``selection`` is S and ``mask`` M over
    the whole window, fading out where earlier regions have painted. ``unknown`` is True where the
    picture still shows what is to be replaced, also beyond the core: never take such pixels as
    surroundings. ``extras`` are control and reference images, in sizes of their own.
    """

    variation: int
    region: int
    window: Bounds
    core: Bounds
    picture: Pixels
    selection: Mask
    mask: Mask
    unknown: NDArray[np.bool_]
    extras: tuple[Pixels, ...] = ()

    @property
    def inner(self) -> tuple[slice, slice]:
        """The core as rows and columns of the arrays."""
        return _slices(self.core.relative_to(self.window))


class Edit:
    """The pixels of a ``Work``; use it as a context manager, or ``close`` it.

    Raises ``Refused`` when nothing is selected.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self._arena = Arena.open(Path(work.arena))
        self._masks: dict[int, Mask] = {}
        if not any(self._arena.array(region.selection).any() for region in work.regions):
            self.close()
            raise Refused("EMPTY_SELECTION", "Nothing is selected. Select what should change.")

    def __enter__(self) -> Edit:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the arena; arrays of it must not be used any more."""
        self._masks.clear()
        self._arena.close()

    @property
    def size(self) -> int:
        """How many patches ``patches`` yields."""
        return len(self.work.unfinished) * len(self.work.regions)

    def patches(self) -> Iterator[Patch]:
        """Every patch in order; each must be delivered before the next is taken."""
        for variation in self.work.unfinished:
            for region in range(len(self.work.regions)):
                yield self.patch(variation, region)

    def patch(self, variation: int, region: int) -> Patch:
        """One patch, once the earlier regions of its variation are delivered."""
        here = self.work.regions[region]
        mask = self._mask(region)
        picture = self._arena.array(here.picture).copy()
        made = np.zeros(mask.shape, bool)
        for earlier, common in self._earlier(region):
            inside = _slices(common.relative_to(here.window))
            picture[inside] = self._with_result(earlier, variation, common)
            made[inside] = True
        selection = self._arena.array(here.selection)
        # New canvas hides nothing: the picture beside it is sound, also where M reaches over it.
        unknown = ((selection if self.work.known else mask) > 0) & ~made
        if made.any():
            fade = _fading(mask.shape, here.core.relative_to(here.window))
            mask = np.where(made, np.minimum(mask, fade), mask)
        return Patch(
            variation=variation,
            region=region,
            window=here.window,
            core=here.core,
            picture=picture,
            selection=selection,
            mask=mask,
            unknown=unknown,
            extras=tuple(self._arena.array(extra) for extra in self.work.extras),
        )

    def deliver(self, patch: Patch, colour: Colour) -> None:
        """Write a patch's result: its colour where M > 0, and M inside the core.

        ``colour`` is (height, width, samples) in floats from 0 to 1, with the picture's samples or
        without alpha (then opaque); what it holds where M = 0 does not matter.
        """
        region = self.work.regions[patch.region]
        self._arena.array(region.colors[patch.variation])[:] = self._result(patch, colour)
        covered = np.zeros_like(patch.mask)
        covered[patch.inner] = patch.mask[patch.inner]
        # At once: the daemon may read it meanwhile, for a variation or a pass before.
        self._arena.array(region.result_mask)[:] = covered
        self._fade(patch)

    def preview(self, patch: Patch, colour: Colour, draft: bool = False) -> Preview | None:
        """How the picture would look with this colour; None if the client wants no previews."""
        if not self.work.preview_side:
            return None
        # Four samples for each pixel of the preview do; a window may be much larger than that.
        step = max(1, max(patch.mask.shape) // (2 * self.work.preview_side))
        few = np.s_[::step, ::step]
        picture, mask = converted(patch.picture[few], np.uint8), patch.mask[few]
        seen = laid(picture, composed(picture, colour[few], mask, np.uint8), mask)
        return Preview(
            work_id=self.work.id,
            image=jpeg(seen, self.work.preview_side),
            bounds=patch.window,
            variation=patch.variation,
            draft=draft,
        )

    def _earlier(self, region: int) -> Iterator[tuple[RegionWork, Bounds]]:
        """The regions before one that made something in its window, and where."""
        window = self.work.regions[region].window
        for earlier in self.work.regions[:region]:
            common = earlier.core.intersection(window)
            if common.area:
                yield earlier, common

    def _fade(self, patch: Patch) -> None:
        """Let a delivered result fade into what earlier regions made beside its core."""
        color = self._arena.array(self.work.regions[patch.region].colors[patch.variation])
        for earlier, common in self._earlier(patch.region):
            here = _slices(common.relative_to(patch.window))
            there = _slices(common.relative_to(earlier.window))
            masked = self._arena.array(earlier.result_mask)[there] > 0
            opacity = np.where(masked, patch.mask[here], np.uint8(0))
            if opacity.any():
                theirs = self._arena.array(earlier.colors[patch.variation])
                theirs[there] = laid(theirs[there], color[here], opacity)

    def _result(self, patch: Patch, colour: Colour) -> Pixels:
        """The region's own picture with this colour where M > 0, at the wanted depth."""
        region = self.work.regions[patch.region]
        picture = self._arena.array(region.picture)
        dtype = np.dtype(region.colors[patch.variation].dtype)
        return composed(picture, colour, patch.mask, dtype, patch.window.x, patch.window.y)

    def _with_result(self, region: RegionWork, variation: int, part: Bounds) -> Pixels:
        """Part of a delivered region's picture with its result laid in, at the picture's depth."""
        inside = _slices(part.relative_to(region.window))
        picture = self._arena.array(region.picture)[inside]
        color = self._arena.array(region.colors[variation])[inside]
        covered = self._arena.array(region.result_mask)[inside]
        return laid(picture, converted(color, picture.dtype), covered)

    def _mask(self, region: int) -> Mask:
        """M of a region over its whole window: the client's, or made of S."""
        if region not in self._masks:
            self._masks[region] = mask_of(self.work, self._arena, self.work.regions[region])
        return self._masks[region]


def mask_of(work: Work, arena: Arena, region: RegionWork) -> Mask:
    """M of a region over its whole window: the client's, or made of S."""
    if region.mask is not None:
        return arena.array(region.mask)
    selection, parameters = arena.array(region.selection), work.parameters
    if parameters.gray is Gray.PARTIAL:
        selection = np.where(selection > 0, np.uint8(255), np.uint8(0))
    return soft_mask(selection, parameters.grow, parameters.feather)


def _fading(shape: tuple[int, ...], core: Bounds) -> Mask:
    """255 inside the core, falling to 0 over ``BLEND`` px around it; ``shape`` is the window's."""
    y, x = np.arange(shape[0]), np.arange(shape[1])
    down = np.maximum(np.maximum(core.y - y, y - core.bottom + 1), 0)[:, None]
    across = np.maximum(np.maximum(core.x - x, x - core.right + 1), 0)[None, :]
    away = np.minimum(np.hypot(down, across) / BLEND, 1)
    return np.asarray(np.round(127.5 * (1 + np.cos(np.pi * away))), np.uint8)


def _slices(bounds: Bounds) -> tuple[slice, slice]:
    return np.s_[bounds.y : bounds.bottom, bounds.x : bounds.right]
