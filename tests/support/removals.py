"""Removals by the fill engine: what is asked, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Parameters
from sfumato.imaging.compose import laid
from tests.support.works import Piece, results, run, slices, work_of

Picture = NDArray[Any]
PARAMETERS = Parameters(grow=2, feather=8)


def engine() -> FillEngine:
    return FillEngine("cpu", {})


def blob(shape: tuple[int, ...], x: int, y: int, radius: float) -> NDArray[np.uint8]:
    rows, columns = np.indices(shape[:2])
    inside = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
    return np.where(inside, np.uint8(255), np.uint8(0))


def removed(
    path: Path,
    picture: Picture,
    selection: NDArray[np.uint8],
    parameters: Parameters = PARAMETERS,
    pieces: tuple[Piece, ...] = (),
) -> Picture:
    """The picture after the edit, as an editor would show it."""
    work = work_of(path / "arena", picture, selection, parameters, pieces)
    reports = run(engine(), work)
    assert isinstance(reports[-1], Finished), reports[-1]
    out = picture.copy()
    for window, color, mask in results(work):
        inside = slices(window)
        out[inside] = laid(out[inside], color, mask)
    return out
