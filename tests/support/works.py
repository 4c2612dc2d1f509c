"""Works as the daemon would hand them to an engine, in an arena of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import Engine
from sfumato.engines.messages import Cancelled, Failed, Finished, WorkReport
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import RegionWork, Work
from sfumato_client.geometry import Bounds, Extent


@dataclass(frozen=True)
class Piece:
    """Where a region lies: its window, and its core if that is not the window."""

    window: Bounds
    core: Bounds | None = None


def work_of(
    path: Path,
    picture: NDArray[Any],
    selection: NDArray[np.uint8],
    parameters: Parameters,
    pieces: Sequence[Piece] = (),
    mask: NDArray[np.uint8] | None = None,
    dtype: DTypeLike | None = None,
    preview_side: int = 256,
) -> Work:
    """A work over a canvas (height, width, samples), by default with one region that is all of it.

    ``dtype`` is the results' sample type, by default the picture's.
    """
    canvas = Extent(picture.shape[1], picture.shape[0])
    layout, regions = Layout(), []
    depth = np.dtype(dtype or picture.dtype).name
    for piece in pieces or [Piece(Bounds.of(canvas))]:
        size = piece.window.height, piece.window.width
        regions.append(
            RegionWork(
                window=piece.window,
                core=piece.core or piece.window,
                picture=layout.plane((*size, picture.shape[2]), picture.dtype.name),
                selection=layout.plane(size, "uint8"),
                mask=layout.plane(size, "uint8") if mask is not None else None,
                result_mask=layout.plane(size, "uint8"),
                colors=tuple(
                    layout.plane((*size, picture.shape[2]), depth)
                    for _ in range(parameters.variations)
                ),
            )
        )
    with Arena.create(path, layout) as arena:
        for region in regions:
            inside = slices(region.window)
            arena.array(region.picture)[:] = picture[inside]
            arena.array(region.selection)[:] = selection[inside]
            if region.mask is not None and mask is not None:
                arena.array(region.mask)[:] = mask[inside]
    return Work("job", str(path), canvas, tuple(regions), parameters, preview_side=preview_side)


def slices(bounds: Bounds) -> tuple[slice, slice]:
    """Rows and columns of a canvas array."""
    return np.s_[bounds.y : bounds.bottom, bounds.x : bounds.right]


def results(work: Work, variation: int = 0) -> list[tuple[Bounds, NDArray[Any], NDArray[np.uint8]]]:
    """For each region its window, colour and mask, copied out of the arena."""
    with Arena.open(work.arena) as arena:
        return [
            (
                region.window,
                arena.array(region.colors[variation]).copy(),
                arena.array(region.result_mask).copy(),
            )
            for region in work.regions
        ]


def run(engine: Engine, work: Work) -> list[WorkReport]:
    """Everything an engine reports from start to ending, which is checked to be the last."""
    reports: list[WorkReport] = []
    engine.start(work)
    while engine.busy:
        reports.extend(engine.step())
    assert isinstance(reports[-1], Finished | Failed | Cancelled)
    return reports
