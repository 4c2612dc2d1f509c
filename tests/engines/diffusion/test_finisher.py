"""Pictures are finished beside the step loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.messages import Finished, Progress
from sfumato.engines.parameters import Operation, Parameters
from sfumato.engines.work import Work
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import work_of

GUARD = 60


@pytest.fixture
def engine() -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    engine = DiffusionEngine("cpu", {"model:sd15": str(tiny_model("sd15"))})
    yield engine
    engine.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """No picture is finished before it is set."""
    gate, finished = Event(), Painting.finished

    def held_up(painting: Painting, decoded: Any) -> Any:
        assert gate.wait(GUARD)
        return finished(painting, decoded)

    monkeypatch.setattr(Painting, "finished", held_up)
    yield gate
    gate.set()


def made(path: Path, name: str, steps: int) -> Work:
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    parameters = Parameters(
        operation=Operation.GENERATE, model="sd15", prompt="a vase", seed=3, steps=steps
    )
    work = work_of(path / name, photograph(), selection, parameters, preview_side=0)
    return replace(work, id=name)


def until_all_steps_are_taken(engine: DiffusionEngine, work_id: str) -> set[str]:
    """Turn until a job has taken its last step; the jobs that ended meanwhile."""
    ended: set[str] = set()
    while True:
        for report in engine.step():
            if isinstance(report, Finished):
                ended.add(report.work_id)
            if not isinstance(report, Progress) or report.work_id != work_id:
                continue
            if 0 < report.steps == report.step:
                return ended


def test_others_take_steps_while_a_picture_is_finished(
    engine: DiffusionEngine, gate: Event, tmp_path: Path
) -> None:
    engine.start(made(tmp_path, "short", 2))
    engine.start(made(tmp_path, "long", 9))
    assert until_all_steps_are_taken(engine, "long") == set()
    gate.set()
    ended = [report for _ in iter(lambda: engine.busy, False) for report in engine.step()]
    assert {report.work_id for report in ended if isinstance(report, Finished)} == {"short", "long"}


def test_a_job_can_be_cancelled_while_its_picture_is_finished(
    engine: DiffusionEngine, gate: Event, tmp_path: Path
) -> None:
    engine.start(made(tmp_path, "gone", 2))
    until_all_steps_are_taken(engine, "gone")
    assert list(engine.step()) == []  # decoded, and given to a thread
    engine.cancel("gone")
    assert not engine.busy
    gate.set()
    engine.start(made(tmp_path, "next", 2))
    reports = [report for _ in iter(lambda: engine.busy, False) for report in engine.step()]
    assert {report.work_id for report in reports} == {"next"}
    assert isinstance(reports[-1], Finished)
