"""What has to be filled in a patch, hole by hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sfumato.engines.edit import Patch

THIN = 5.0
"""A hole is thin if no selected pixel is further than this from an unselected one: 9 px across."""
FRINGE = 2.0
"""Pixels beyond a thin selection, and what it was grown by, that may still show what is to go: the
soft edge that cameras and resampling give to everything."""
CORE_MARGIN = 24
"""Pixels beyond the core that are filled too, so that the next region continues something sound."""

Area = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """A connected part of a patch that is to be filled.

    ``area`` and ``intact`` have the patch's size; ``intact`` is what lies under the feather around
    a thin hole and still shows what should be there.
    """

    area: Area
    thin: bool
    intact: Area


def holes_of(patch: Patch, grow: float) -> list[Hole]:
    """The holes of a patch that touch its core: thin ones first, then from small to large.

    Whether a hole is thin is judged on the selection: its feather is as wide for a scratch as for
    a house. A thin hole covers the selection, ``grow`` and a fringe; under the rest of the feather
    the picture itself is what should be there.
    """
    wanted = patch.unknown & _around_core(patch)
    labels, count = ndimage.label(wanted, np.ones((3, 3)))
    selected = patch.selection > 0
    depth = _depth(selected)
    deepest = ndimage.maximum(depth, labels, range(1, count + 1)) if count else []
    near = _distance_to(selected) <= grow + FRINGE
    holes = []
    for label, depth_here in enumerate(deepest, start=1):
        thin = bool(depth_here <= THIN)
        area = labels == label
        holes.append(Hole(area & near if thin else area, thin, area & ~near & thin))
    return sorted(holes, key=lambda hole: (not hole.thin, hole.area.sum()))


def _around_core(patch: Patch) -> Area:
    rows, columns = patch.inner
    inside = np.zeros(patch.mask.shape, bool)
    inside[
        max(rows.start - CORE_MARGIN, 0) : rows.stop + CORE_MARGIN,
        max(columns.start - CORE_MARGIN, 0) : columns.stop + CORE_MARGIN,
    ] = True
    return inside


def _depth(selected: Area) -> NDArray[np.float64]:
    """How far each selected pixel is from the nearest unselected one; the canvas border is none."""
    if selected.all():
        return np.full(selected.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(selected))


def _distance_to(selected: Area) -> NDArray[np.float64]:
    if not selected.any():
        return np.full(selected.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~selected))
