"""What has to be filled in a patch, hole by hole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.edit import Patch

THIN = 6.0
"""A hole is thin if no selected pixel is further than this from an unselected one: 11 px across."""
FRINGE = 2.0
"""Pixels beyond a thin selection, and what it was grown by, that may still show what is to go: the
soft edge that cameras and resampling give to everything."""
HALF = 128
"""Beyond a larger selection all that M covers by half may still show it: its blur, its shadow."""
CORE_MARGIN = 24
"""Pixels beyond the core that are filled too, so that the next region continues something sound."""

Area = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """A connected part of a patch that is to be filled. ``area`` has the patch's size."""

    area: Area
    thin: bool


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """All of a patch that shows what is to go, over its whole window, in thin and thick parts.

    The rest of M, the outer feather, shows what should be there: the picture itself.
    """

    thin: Area
    thick: Area

    @property
    def gone(self) -> Area:
        """Both."""
        return self.thin | self.thick


def marks_of(patch: Patch, grow: float) -> Marks:
    """What is to go; ``grow`` in pixels as in the edit's parameters.

    Whether a part is thin is judged on the selection: its feather is as wide for a scratch as for a
    house.
    """
    selected = patch.selection > 0
    labels, count = ndimage.label(patch.unknown, np.ones((3, 3)))
    deep = patch.unknown & (_distance(~selected) > THIN)
    thick = np.zeros(count + 1, bool)
    thick[labels[deep]] = True
    thin = patch.unknown & ~thick[labels]
    near = _distance(selected) <= grow + FRINGE
    covered = selected | (patch.mask >= HALF)
    return Marks(thin=thin & near, thick=~thin & patch.unknown & covered)


def holes_of(patch: Patch, marks: Marks) -> list[Hole]:
    """The holes in and around the core: thin ones first, then from small to large."""
    rows, columns = patch.inner
    core = np.zeros(patch.mask.shape, bool)
    core[
        max(rows.start - CORE_MARGIN, 0) : rows.stop + CORE_MARGIN,
        max(columns.start - CORE_MARGIN, 0) : columns.stop + CORE_MARGIN,
    ] = True
    holes = [
        Hole(labels == label, thin)
        for area, thin in ((marks.thin, True), (marks.thick, False))
        for labels, count in [ndimage.label(area & core, np.ones((3, 3)))]
        for label in range(1, count + 1)
    ]
    return sorted(holes, key=lambda hole: (not hole.thin, hole.area.sum()))


def _distance(area: Area) -> NDArray[np.float32]:
    """Pixels to the nearest pixel of the area; infinite where there is none."""
    if not area.any():
        return np.full(area.shape, np.inf, np.float32)
    elsewhere = (~area).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
