"""Masked content by the fill engine, inside the diffusion engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.diffusion import fills
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.fills import fill
from sfumato.engines.diffusion.frame import Frame
from sfumato.engines.diffusion.painting import _picture, _sampling
from sfumato.engines.diffusion.prepare import Masking
from sfumato.engines.edit import Edit
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Finished, Progress, WorkReport
from sfumato.engines.parameters import MaskedContent, Operation, Parameters
from sfumato.engines.work import Work
from sfumato.imaging.depth import as_float
from sfumato_client import Extent
from tests.support.diffusion import photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import results, run, work_of

SIDE = 64
PATIENCE = 60.0
"""Seconds that a thread may take for something small on a busy machine."""


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    models = {f"model:{family}": str(tiny_model(family)) for family in ("sd15", "flux-kontext")}
    engine = DiffusionEngine("cpu", models)
    yield engine
    engine.close()


def removing(**changes: Any) -> Parameters:
    return replace(
        Parameters(Operation.REMOVE, "sd15", seed=3, steps=4, strength=0.5, grow=2.0, feather=6.0),
        **changes,
    )


def make(path: Path, parameters: Parameters, name: str = "job", side: int = SIDE) -> Work:
    selection = np.zeros((side, side), np.uint8)
    selection[side // 3 : side // 2, side // 4 : side * 2 // 3] = 255
    return replace(work_of(path / name, photograph(side, side), selection, parameters), id=name)


def all_of(filling: Any) -> np.ndarray:
    """What a generator returns in the end."""
    try:
        while True:
            next(filling)
    except StopIteration as done:
        return done.value


def until_begun(engine: DiffusionEngine, work: Work) -> list[WorkReport]:
    """Step until the work's first painting stands before its first step."""
    engine.start(work)
    reports: list[WorkReport] = []
    while not engine._jobs[work.id].paintings:
        reports.extend(engine.step())
    return reports


def test_the_fill_is_the_fill_engines_own(tmp_path: Path) -> None:
    asked = removing()
    work = make(tmp_path, replace(asked, model="fill"), "fill")
    run(FillEngine("cpu", {}), work)
    [(_, theirs, mask)] = results(work)
    with Edit(make(tmp_path, asked, "other")) as edit:
        patch = edit.patch(0, 0)
        ours = all_of(fill(patch, Extent(SIDE, SIDE), asked.grow, asked.seed))
    assert np.abs(255 * ours - theirs)[mask > 0].max() <= 1
    assert np.array_equal(ours[mask == 0], as_float(patch.picture)[mask == 0])


@pytest.mark.parametrize("side", [50, SIDE, 150])
def test_denoising_begins_from_the_filled_picture(
    engine: DiffusionEngine, tmp_path: Path, side: int
) -> None:
    work = make(tmp_path, removing(), side=side)
    reports = until_begun(engine, work)
    assert "filling" in {r.phase for r in reports if isinstance(r, Progress)}
    job, studio = engine._jobs[work.id], engine._shelf["sd15"]
    patch, asked = job.edit.patch(0, 0), job.parameters
    frame = Frame.of(Extent(side, side), studio.model.buckets)
    size = Extent(min(side, SIDE), min(side, SIDE))
    filled = all_of(fill(patch, size, asked.grow, asked.seed))
    picture = _picture(frame, filled, as_float(patch.mask), Masking.BLEND)
    expected = studio.preparation.request(
        picture, "", "", _sampling(asked, asked.seed, studio)
    ).latents
    begun = job.paintings[0].request.latents
    engine.cancel(work.id)
    assert torch.equal(begun, expected)


def test_every_variation_has_a_fill_of_its_own_and_the_same_each_time(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    one, two = (make(tmp_path, removing(variations=2), name) for name in ("one", "two"))
    run(engine, one)
    run(engine, two)
    for variation in range(2):
        first, again = (results(work, variation)[0][1].astype(int) for work in (one, two))
        # Whether both variations share a step depends on when their fills are done.
        assert np.abs(first - again).max() <= 1
    assert not np.array_equal(results(one, 0)[0][1], results(one, 1)[0][1])


@pytest.mark.parametrize(
    ("changes", "filled"),
    [
        ({"strength": 0.5}, True),
        ({"strength": 1.0}, False),
        ({"strength": 0.5, "masked_content": MaskedContent.BLUR}, False),
        (
            {"model": "flux-kontext", "operation": Operation.GENERATE, "prompt": "a vase"}
            | {"strength": 1.0, "masked_content": MaskedContent.FILL},
            True,
        ),
    ],
)
def test_nothing_is_filled_that_the_model_would_not_see(
    engine: DiffusionEngine, tmp_path: Path, changes: dict[str, Any], filled: bool
) -> None:
    work = make(tmp_path, removing(**changes))
    reports = run(engine, work)
    assert isinstance(reports[-1], Finished)
    assert ("filling" in {r.phase for r in reports if isinstance(r, Progress)}) is filled


def test_a_selection_of_everything_begins_from_a_sketch(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    everything = np.full((SIDE, SIDE), 255, np.uint8)
    work = work_of(tmp_path / "all", photograph(SIDE, SIDE), everything, removing())
    assert isinstance(run(engine, work)[-1], Finished)


def test_other_jobs_go_on_while_something_is_filled(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    real = fills.filled_in

    def slow(*given: Any) -> Iterator[float]:
        while not may_end.wait(0.01):
            yield 0.0
        yield from real(*given)

    monkeypatch.setattr(fills, "filled_in", slow)
    engine.start(make(tmp_path, removing(), "slow"))
    other = removing(operation=Operation.GENERATE, prompt="a vase", masked_content=None)
    reports = []
    engine.start(make(tmp_path, other, "other"))
    while "other" in engine._jobs:
        reports.extend(engine.step())
    assert isinstance(reports[-1], Finished)
    may_end.set()
    while engine.busy:
        reports.extend(engine.step())
    assert reports[-1].work_id == "slow"
    assert isinstance(reports[-1], Finished)


def test_a_cancel_ends_a_fill_and_the_next_one_begins(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def endless(*_: Any) -> Iterator[float]:
        try:
            while True:
                yield 0.0
        finally:
            ended.set()

    with monkeypatch.context() as patched:
        patched.setattr(fills, "filled_in", endless)
        engine.start(make(tmp_path, removing(), "dropped"))
        while not engine._fills._loader.busy:
            list(engine.step())
        engine.cancel("dropped")
        assert not engine.busy
        assert ended.wait(PATIENCE)
    assert isinstance(run(engine, make(tmp_path, removing(), "next"))[-1], Finished)


def test_held_work_keeps_its_fill(engine: DiffusionEngine, tmp_path: Path) -> None:
    alone, held = make(tmp_path, removing(), "alone"), make(tmp_path, removing(), "held")
    run(engine, alone)
    engine.start(held)
    while not engine._fills._loader.busy:
        list(engine.step())
    engine.hold("held")
    engine._fills.wait(PATIENCE)
    list(engine.step())
    assert engine._jobs["held"].filled
    engine.resume("held")
    while engine.busy:
        list(engine.step())
    assert np.array_equal(results(alone)[0][1], results(held)[0][1])
