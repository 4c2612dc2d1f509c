"""A device that other programs fill, too.

There is no GPU here: how full it is is said by a substitute, and moving weights onto it fails as
torch fails on a full one.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.devices import Memory, memory_budget, memory_of
from sfumato.engines.diffusion import adapters
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.placement import Placement, Thrift
from sfumato.engines.diffusion.shelf import Shelf
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Failed, Finished, Notice, Progress, WorkReport
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.description import Model, describe
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import run, work_of

CPU = torch.device("cpu")
GIB = 1024**3


class Card:
    """Tells of memory as a device would: what the shelf's models do not take is free."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.others = 0
        self.shelf = Shelf(CPU, torch.float32, int(0.75 * total), self.load, memory=self.memory)
        self.loaded: list[Thrift] = []

    def memory(self, _: torch.device) -> Memory:
        """The device's, after what this shelf and other programs take."""
        own = sum(studio.adapter.placement.present for studio in self.shelf._studios.values())
        return Memory(self.total, max(0, self.total - own - self.others))

    def load(self, model: Model, room: int, thrift: Thrift) -> Studio:
        """A shelf's ``Load``."""
        self.loaded.append(thrift)
        return Studio.open(model, CPU, torch.float32, room=room, thrift=thrift)

    def fetch(self, name: str, in_use: Iterable[str] = ()) -> Thrift:
        """Load one and say how it is placed."""
        self.shelf.begin(described(name), tuple(in_use))
        self.shelf.wait(60)
        assert self.shelf.take()
        return self.shelf.thrift(name)


def described(name: str) -> Model:
    return describe(name, tiny_model(name))


def size_of(name: str) -> int:
    return sum(described(name).part_bytes(4).values())


@pytest.mark.parametrize(
    ("free", "spare"), [(24 * GIB, 22 * GIB), (8 * GIB, 6 * GIB), (4 * GIB, 3 * GIB), (0, 0)]
)
def test_some_of_what_is_free_is_left_for_pictures(free: int, spare: int) -> None:
    assert Memory(24 * GIB, free).spare == spare


def test_a_computers_own_memory_is_bounded_by_its_size_alone() -> None:
    assert memory_of(CPU).free == memory_of(CPU).total
    assert 0 < memory_budget(CPU) < memory_of(CPU).total


def test_a_model_takes_no_more_than_other_programs_leave() -> None:
    card = Card(4 * size_of("sd15"))
    assert card.fetch("sd15") is Thrift.WHOLE
    crowded = Card(4 * size_of("sd15"))
    crowded.others = 3 * size_of("sd15")
    assert crowded.fetch("sd15") >= Thrift.PARTS


def test_idle_models_make_room_where_other_programs_have_taken_it() -> None:
    card = Card(4 * (size_of("sd15") + size_of("sdxl")))
    card.fetch("sd15")
    card.others = card.total - size_of("sd15") - size_of("sdxl")
    assert card.fetch("sdxl", in_use=("sdxl",)) is not None
    assert "sd15" not in card.shelf


def test_a_model_is_as_fast_as_before_when_other_programs_have_left() -> None:
    card = Card(4 * size_of("sd15"))
    card.others = 3 * size_of("sd15")
    assert card.fetch("sd15") >= Thrift.PARTS
    card.shelf.relax("sd15")
    assert card.shelf.thrift("sd15") >= Thrift.PARTS
    card.others = 0
    card.shelf.relax("sd15")
    assert card.shelf.thrift("sd15") is Thrift.WHOLE


def test_a_loaded_model_stays_where_it_is_while_others_fill_the_rest() -> None:
    card = Card(4 * size_of("sd15"))
    card.fetch("sd15")
    card.others = card.total
    card.shelf.relax("sd15")
    assert card.shelf.thrift("sd15") is Thrift.WHOLE


class Full:
    """From now on no weights find room on the device, but for one part at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.tried: list[Thrift] = []
        bring, load_pipeline = Placement._bring, adapters.load_pipeline

        def brought(placement: Placement, name: str) -> None:
            if placement.thrift <= Thrift.TILED:
                self.tried.append(placement.thrift)
                raise torch.OutOfMemoryError("simulated")
            bring(placement, name)

        def read(model: Model, *rest: Any) -> Any:
            self.read.append(model.name)
            return load_pipeline(model, *rest)

        monkeypatch.setattr(Placement, "_bring", brought)
        monkeypatch.setattr(adapters, "load_pipeline", read)


def edited(engine: DiffusionEngine, path: Path) -> list[WorkReport]:
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    parameters = Parameters(operation=Operation.GENERATE, model="sd15", prompt="a vase", steps=2)
    return list(run(engine, work_of(path, photograph(), selection, parameters)))


def new_engine() -> DiffusionEngine:
    torch.set_num_threads(1)
    return DiffusionEngine("cpu", {"model:sd15": str(tiny_model("sd15")), "dtype": "float32"})


def test_onto_a_full_device_a_model_is_read_once_and_paints_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Full(monkeypatch)
    engine = new_engine()
    reports = edited(engine, tmp_path / "edit")
    assert isinstance(reports[-1], Finished), reports[-1]
    assert dict(reports[-1].environment)["thrift"] == "parts"
    assert full.read == ["sd15"]
    assert full.tried  # It was tried whole, and again when the edit had ended.
    told = [report.code for report in reports if isinstance(report, Notice)]
    assert told == ["MODEL_IN_PARTS"]
    engine.close()


def test_what_is_given_up_for_memory_is_told_while_it_happens(tmp_path: Path) -> None:
    engine = new_engine()
    assert isinstance(edited(engine, tmp_path / "first")[-1], Finished)

    def always_full(*_: Any) -> None:
        raise torch.OutOfMemoryError("simulated")

    engine._shelf["sd15"].adapter.network.register_forward_pre_hook(always_full)
    reports = edited(engine, tmp_path / "second")
    assert isinstance(reports[-1], Failed)
    assert reports[-1].code == "OUT_OF_MEMORY"
    phases = [report.phase for report in reports if isinstance(report, Progress)]
    assert phases.count("trying with less memory") == len(Thrift) - 1
    engine.close()


def test_a_failed_attempt_is_gone_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an attempt had brought to the device must not lie there beside the next one's."""
    attempts: list[Any] = []
    alive: list[int] = []

    class Weights:
        """Stands for what was moved to the device."""

    def load(*_: Any, **__: Any) -> Studio:
        weights = Weights()
        alive.append(sum(known() is not None for known in attempts))
        attempts.append(weakref.ref(weights))
        raise torch.OutOfMemoryError("simulated")

    shelf = Shelf(CPU, torch.float32, 10**9, load)
    for _ in Thrift:
        shelf.begin(described("sd15"), ())
        shelf.wait(60)
        with suppress(torch.OutOfMemoryError):
            shelf.take()
        shelf.relieve("sd15", ())
    assert alive == [0] * len(Thrift)
