"""Questions as an engine gets them, and its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import Engine
from sfumato.engines.messages import Finished, Found, Progress
from sfumato.engines.parameters import Parameters
from sfumato.engines.target import Target
from sfumato.engines.work import RegionWork, Work
from sfumato_client.geometry import Bounds, Extent
from tests.support.works import run


def question(
    folder: Path,
    picture: NDArray[Any],
    target: Target,
    left: int = 0,
    top: int = 0,
    model: str = "grabcut",
) -> Work:
    """A question about a picture that lies at ``left`` and ``top`` of its canvas."""
    height, width, samples = picture.shape
    layout = Layout()
    plane = layout.plane((height, width, samples), picture.dtype.name)
    answer = layout.plane((height, width), "uint8")
    window = Bounds(left, top, width, height)
    region = RegionWork(window, window, plane, answer, None, answer, ())
    with Arena.create(folder / "arena", layout) as arena:
        arena.array(plane)[:] = picture
        arena.array(answer)[:] = 77  # Nothing of this may be left.
    canvas = Extent(window.right, window.bottom)
    parameters = Parameters(model=model)
    return Work("q", str(folder / "arena"), canvas, (region,), parameters, target=target)


def answered(engine: Engine, work: Work) -> tuple[Found, NDArray[np.uint8]]:
    """What is reported, and the selection."""
    reports = run(engine, work)
    assert isinstance(reports[-1], Finished)
    (found,) = (report for report in reports if isinstance(report, Found))
    assert any(isinstance(report, Progress) for report in reports)
    with Arena.open(work.arena) as arena:
        return found, arena.array(work.regions[0].selection).copy()
