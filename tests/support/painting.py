"""Edits for the diffusion engine with tiny models: what is asked, of which picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import WorkReport
from sfumato.engines.parameters import Operation, Parameters
from sfumato.engines.work import Work
from tests.support.diffusion import photograph
from tests.support.works import work_of

HEIGHT, WIDTH = 60, 77  # on no grid at all


def wanted(family: str = "sd15", **changes: Any) -> Parameters:
    parameters = Parameters(
        operation=Operation.GENERATE, model=family, prompt="a red vase", seed=3, steps=6, feather=6
    )
    return replace(parameters, **changes)


def rectangle(value: int = 255) -> NDArray[np.uint8]:
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[16:40, 20:50] = value
    return selection


def picture(samples: int = 3, dtype: str = "uint8") -> NDArray[Any]:
    rgb = photograph(HEIGHT, WIDTH)
    if samples <= 2:
        rgb = rgb[..., :1]
    if samples in (2, 4):
        alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
        alpha[:, :9] = 100
        rgb = np.concatenate([rgb, alpha], axis=2)
    return rgb * np.uint16(257) if dtype == "uint16" else rgb


def make(path: Path, parameters: Parameters, name: str = "job", **changes: Any) -> Work:
    given = {"picture": picture(), "selection": rectangle()} | changes
    return replace(work_of(path / name, parameters=parameters, **given), id=name)


def together(engine: DiffusionEngine, works: list[Work]) -> dict[str, list[WorkReport]]:
    """All works at once; what was reported of each."""
    for work in works:
        engine.start(work)
    reports: dict[str, list[WorkReport]] = {work.id: [] for work in works}
    while engine.busy:
        for report in engine.step():
            reports[report.work_id].append(report)
    return reports
