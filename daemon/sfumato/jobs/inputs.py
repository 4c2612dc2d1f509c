"""The inputs of an earlier job as those of a new one, so that a repeat uploads nothing.

They are copied: an arena then belongs to exactly one job, and can be kept, dropped and forgotten
with it. Sharing the file would save a copy that takes a hundredth of the shortest edit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import PlaneRef, RegionWork, Stage, Work


def laid_out_again(
    source: Work,
    parameters: Parameters,
    depth: Literal["uint8", "uint16"] | None,
    stages: tuple[Stage, ...] = (),
) -> tuple[Layout, Work]:
    """Room for the inputs of ``source`` and for what ``parameters`` make of them.

    ``depth`` is that of the colours, None for the picture's. A mask that the client made is kept
    only while grow and feather are those it was made with. The work still has the source's id.
    """
    layout = Layout()
    same_mask = (parameters.grow, parameters.feather) == (
        source.parameters.grow,
        source.parameters.feather,
    )

    def again(ref: PlaneRef) -> PlaneRef:
        return layout.plane(ref.shape, ref.dtype)

    regions = tuple(
        replace(
            region,
            picture=again(region.picture),
            selection=again(region.selection),
            mask=again(region.mask) if region.mask and same_mask else None,
            result_mask=again(region.result_mask),
            colors=tuple(
                layout.plane(region.picture.shape, depth or region.picture.dtype)
                for _ in range(parameters.variations * max(1, len(stages)))
            ),
            before=(
                layout.plane(region.picture.shape, depth or region.picture.dtype)
                if stages
                else None
            ),
            ring=again(region.selection) if stages else None,
            ring_mask=again(region.selection) if stages else None,
        )
        for region in source.regions
    )
    extras = tuple(again(extra) for extra in source.extras)
    return layout, replace(
        source, regions=regions, parameters=parameters, extras=extras, stages=stages
    )


def copy_inputs(source: Work, target: Work, arena: Arena) -> None:
    """Fill the inputs of ``target``, whose arena is given. ``FileNotFoundError`` if they are gone.

    Takes as long as the disk does: not for the event loop.
    """
    with Arena.open(source.arena) as old:
        for before, after in zip(input_planes(source), input_planes(target), strict=True):
            if before is not None and after is not None:
                arena.view(after)[:] = old.view(before)


def input_planes(work: Work) -> list[PlaneRef | None]:
    """All inputs in order; None in the places of masks that were not sent."""
    return [*(plane for region in work.regions for plane in _region_inputs(region)), *work.extras]


def _region_inputs(region: RegionWork) -> tuple[PlaneRef | None, ...]:
    return region.picture, region.selection, region.mask
