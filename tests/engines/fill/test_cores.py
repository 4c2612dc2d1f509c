"""Work that is shared among cores: all of it done, and the same whatever their number."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from sfumato.engines.fill import cores, correspondence, seams
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.parameters import Parameters
from tests.support.works import results, run, work_of

SIDE = 96


def _filled(folder: Path) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[34:62, 30:66] = 255
    work = work_of(folder, picture, selection, Parameters())
    run(FillEngine("cpu", {}), work)
    [(_, color, _)] = results(work)
    return color


def test_a_fill_is_the_same_on_one_core_and_on_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seams, "BLOCK", 256)
    monkeypatch.setattr(correspondence, "CHUNK", 16)
    made = []
    for count in (1, 3):
        monkeypatch.setattr(cores, "CORES", count)
        monkeypatch.setattr(seams, "CORES", count)
        made.append(_filled(tmp_path / str(count)))
    assert np.array_equal(*made)


def test_parts_are_done_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "CORES", 2)
    monkeypatch.setattr(cores, "threads", cores.threads.__wrapped__)
    both = threading.Barrier(2, timeout=60)
    cores.together(lambda _: both.wait(), [0, 1])


def test_what_a_part_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(part: int) -> None:
        if part == 1:
            raise ValueError("part 1")

    for count in (1, 2):
        monkeypatch.setattr(cores, "CORES", count)
        with pytest.raises(ValueError, match="part 1"):
            cores.together(fail, [0, 1, 2])
