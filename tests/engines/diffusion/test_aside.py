"""Fills in the diffusion engine's host, beside what models paint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sfumato.engines.base import Engine
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Failed, Finished, WorkReport
from sfumato.engines.parameters import FILL, Operation, Parameters
from sfumato.engines.work import Work
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import results, run, work_of

REMOVAL = Parameters(Operation.REMOVE, FILL, seed=3, grow=2.0, feather=6.0)
PAINTING = Parameters(Operation.GENERATE, "sd15", "a red vase", seed=3, steps=8)


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    engine = DiffusionEngine("cpu", {"model:sd15": str(tiny_model("sd15"))})
    yield engine
    engine.close()


def make(path: Path, name: str, asked: Parameters = REMOVAL) -> Work:
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[20:40, 16:42] = 255
    return replace(work_of(path / name, photograph(), selection, asked), id=name)


def to_the_end(engine: Engine) -> dict[str, WorkReport]:
    """The last report of every work."""
    last = {}
    while engine.busy:
        last |= {report.work_id: report for report in engine.step()}
    return last


def test_fills_and_paintings_come_out_as_each_alone(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    alone, painted = make(tmp_path, "alone"), make(tmp_path, "painted", PAINTING)
    run(FillEngine("cpu", {}), alone)
    run(engine, painted)
    both = [make(tmp_path, "one"), make(tmp_path, "two", PAINTING), make(tmp_path, "three")]
    for work in both:
        engine.start(work)
    last = to_the_end(engine)
    assert all(isinstance(last[work.id], Finished) for work in both)
    for work, expected in zip(both, (alone, painted, alone), strict=True):
        assert np.array_equal(results(work)[0][1], results(expected)[0][1])


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_cancelled_fill_is_forgotten_and_the_next_has_its_turn(
    engine: DiffusionEngine, tmp_path: Path, steps: int
) -> None:
    engine.start(make(tmp_path, "dropped"))
    engine.start(make(tmp_path, "next"))
    for _ in range(steps):
        list(engine.step())
    engine.cancel("dropped")
    last = to_the_end(engine)
    assert last.keys() == {"next"}
    assert isinstance(last["next"], Finished)


def test_a_held_fill_lets_others_by_and_goes_on(engine: DiffusionEngine, tmp_path: Path) -> None:
    held = make(tmp_path, "held")
    engine.start(held)
    for _ in range(2):
        list(engine.step())
    engine.hold("held")
    assert not engine.busy
    other = make(tmp_path, "other")
    engine.start(other)
    assert isinstance(to_the_end(engine)["other"], Finished)
    engine.resume("held")
    assert isinstance(to_the_end(engine)["held"], Finished)
    assert np.array_equal(results(held)[0][1], results(other)[0][1])


def test_what_cannot_be_filled_fails_alone(engine: DiffusionEngine, tmp_path: Path) -> None:
    engine.start(make(tmp_path, "wrong", replace(REMOVAL, operation=Operation.GENERATE)))
    engine.start(make(tmp_path, "right"))
    last = to_the_end(engine)
    assert isinstance(last["wrong"], Failed)
    assert last["wrong"].refused
    assert isinstance(last["right"], Finished)
