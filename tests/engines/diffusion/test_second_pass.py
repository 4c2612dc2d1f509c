"""Windows that had to be reduced are refined at their own size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.request import Rows
from sfumato.engines.messages import Finished, Notice, Progress
from sfumato.engines.parameters import Gray, Parameters
from sfumato.engines.work import Work
from tests.support.diffusion import photograph
from tests.support.painting import make, wanted
from tests.support.works import results, run

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def large(path: Path, parameters: Parameters, name: str = "large") -> Work:
    """A work whose window is more than twice the tiny models' native side."""
    selection = np.zeros((150, 170), np.uint8)
    selection[40:110, 40:120] = 255
    return make(path, parameters, name, picture=photograph(150, 170), selection=selection)


def sharpness(colour: NDArray[Any], mask: NDArray[np.uint8]) -> float:
    return float(np.abs(cv2.Laplacian(colour.astype(np.float32), cv2.CV_32F))[mask == 255].mean())


def test_a_window_that_had_to_be_reduced_is_refined_at_its_own_size(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = large(tmp_path, wanted(steps=10))
    reports = run(engine, twice)
    steps = [report for report in reports if isinstance(report, Progress) and report.steps]
    assert steps[-1].step == steps[-1].steps == 10 + 3
    assert "refining" in {report.phase for report in steps}
    [(_, refined, mask)] = results(twice)
    monkeypatch.setattr("sfumato.engines.diffusion.painting.COARSE", 0.0)
    once = large(tmp_path, wanted(steps=10), "once")
    run(engine, once)
    [(_, coarse, _)] = results(once)
    assert sharpness(refined, mask) > 1.2 * sharpness(coarse, mask)
    assert np.array_equal(refined[mask == 0], photograph(150, 170)[mask == 0])


def test_by_degrees_there_is_no_second_pass(engine: DiffusionEngine, tmp_path: Path) -> None:
    reports = run(engine, large(tmp_path, wanted(steps=10, gray=Gray.PARTIAL)))
    assert max(report.steps for report in reports if isinstance(report, Progress)) == 10


@pytest.mark.parametrize("where", ["encode", "predict"])
def test_a_second_pass_that_does_not_fit_leaves_the_first_ones_result(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    run(engine, make(tmp_path, wanted(steps=1), "load"))
    adapter = engine._shelf["sd15"].adapter
    predict, posterior = adapter.predict, adapter.autoencoder.posterior

    def cramped_predict(rows: Rows) -> torch.Tensor:
        if rows.latents[0, 0].numel() > 100:
            raise torch.OutOfMemoryError("simulated")
        return predict(rows)

    def cramped_posterior(pixels: torch.Tensor) -> Any:
        if pixels[0, 0].numel() > 6400:
            raise torch.OutOfMemoryError("simulated")
        return posterior(pixels)

    if where == "predict":
        monkeypatch.setattr(adapter, "predict", cramped_predict)
    else:
        monkeypatch.setattr(adapter.autoencoder, "posterior", cramped_posterior)
    # A seed of its own: what was encoded before is remembered.
    work = large(tmp_path, wanted(steps=10, seed=99), where)
    reports = run(engine, work)
    assert isinstance(reports[-1], Finished)
    assert "SECOND_PASS_LEFT_OUT" in {r.code for r in reports if isinstance(r, Notice)}
    [(_, colour, mask)] = results(work)
    assert (colour != photograph(150, 170))[mask == 255].any(axis=-1).mean() > 0.9
