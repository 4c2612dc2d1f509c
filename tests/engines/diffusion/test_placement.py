"""Thrift with memory: the same picture, with less on the device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.placement import Thrift, fitting
from sfumato.engines.messages import Failed, Finished
from sfumato.engines.parameters import (
    Control,
    ControlKind,
    Lora,
    Operation,
    Parameters,
)
from sfumato.engines.work import Work
from sfumato.models.description import describe
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_additions import tiny_control_net, tiny_lora
from tests.support.tiny_models import FAMILIES, tiny_model
from tests.support.works import results, run, work_of

SIZES = {"network": 600, "text": 300, "vae": 100}


@pytest.mark.parametrize(
    ("room", "thrift"),
    [
        (1000, Thrift.WHOLE),
        (900, Thrift.TILED),
        (700, Thrift.PARTS),
        (599, Thrift.LAYERS),
        (0, Thrift.LAYERS),
    ],
)
def test_thrift_is_what_the_room_asks_for(room: int, thrift: Thrift) -> None:
    assert fitting(SIZES, room) is thrift


def engine_with(memory: int, family: str, device: str = "cpu", **more: Path) -> DiffusionEngine:
    torch.set_num_threads(1)
    models = {family: tiny_model(family), **more}
    options = {f"model:{name}": str(path) for name, path in models.items()}
    return DiffusionEngine(device, options | {"dtype": "float32", "memory": str(memory)})


def wanted(family: str, **changes: Any) -> Parameters:
    operation = Operation.INSTRUCT if family == "flux-kontext" else Operation.GENERATE
    parameters = Parameters(operation=operation, model=family, prompt="a vase", seed=3, steps=3)
    return replace(parameters, **changes)


def made(path: Path, parameters: Parameters, name: str = "job") -> Work:
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    return replace(work_of(path / name, photograph(), selection, parameters), id=name)


def painted(
    engine: DiffusionEngine,
    path: Path,
    parameters: Parameters,
    name: str,
    thrift: Thrift = Thrift.WHOLE,
) -> np.ndarray:
    work = made(path, parameters, name)
    ending = run(engine, work)[-1]
    assert isinstance(ending, Finished), ending
    assert dict(ending.environment)["thrift"] == thrift.name.lower()
    return results(work)[0][1]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_model_that_does_not_fit_paints_the_same(
    family: str, device: str, tmp_path: Path
) -> None:
    sizes = describe(family, tiny_model(family)).part_bytes(4)
    pictures = []
    for memory, thrift in (
        (10**9, Thrift.WHOLE),
        (int(1.05 * max(sizes.values())), Thrift.PARTS),
        (1, Thrift.LAYERS),
    ):
        engine = engine_with(memory, family, device)
        pictures.append(painted(engine, tmp_path, wanted(family), str(memory), thrift))
        placement = engine._shelf[family].adapter.placement
        assert placement.thrift is thrift
        if thrift is Thrift.PARTS:
            assert 0 < placement.present <= memory
        engine.close()
    for picture in pictures[1:]:
        assert np.abs(picture.astype(int) - pictures[0]).max() <= 1


@pytest.mark.parametrize(("share", "thrift"), [(1.05, Thrift.PARTS), (0.1, Thrift.LAYERS)])
def test_additions_are_placed_like_the_rest(
    share: float, thrift: Thrift, device: str, tmp_path: Path
) -> None:
    """``share`` is what the largest part may take of the memory it wants."""
    memory = int(share * max(describe("sd15", tiny_model("sd15")).part_bytes(4).values()))
    more = {"ink": tiny_lora("sd15"), "edges": tiny_control_net("sd15")}
    parameters = wanted("sd15", loras=(Lora("ink", 1.0),), controls=(Control(ControlKind.CANNY),))
    whole, thrifty = (engine_with(memory, "sd15", device, **more) for memory in (10**9, memory))
    one = painted(whole, tmp_path, parameters, "whole")
    other = painted(thrifty, tmp_path, parameters, "thrifty", thrift)
    assert np.abs(one.astype(int) - other).max() <= 1
    whole.close()
    thrifty.close()


def short_until(engine: DiffusionEngine, family: str, enough: Thrift) -> list[Thrift]:
    """From now on the network runs out of memory until it is that thrifty; what was tried.

    A fake: there is no GPU here whose memory could run out, so a hook says so.
    """
    placement = engine._shelf[family].adapter.placement
    tried: list[Thrift] = []

    def full(*_: Any) -> None:
        tried.append(placement.thrift)
        if placement.thrift < enough:
            raise torch.OutOfMemoryError("simulated")

    engine._shelf[family].adapter.network.register_forward_pre_hook(full)
    return tried


def test_out_of_memory_a_job_goes_on_one_level_thriftier_at_a_time(tmp_path: Path) -> None:
    engine = engine_with(10**9, "sd15")
    plain = painted(engine, tmp_path, wanted("sd15"), "plain")
    tried = short_until(engine, "sd15", Thrift.PARTS)
    cramped = painted(engine, tmp_path, wanted("sd15"), "cramped", Thrift.PARTS)
    assert list(dict.fromkeys(tried)) == [Thrift.WHOLE, Thrift.TILED, Thrift.PARTS]
    assert np.abs(plain.astype(int) - cramped).max() <= 1
    # The next job finds the model as fast as before.
    assert engine._shelf["sd15"].adapter.placement.thrift is Thrift.WHOLE
    engine.close()


def test_a_job_for_which_no_thrift_is_enough_fails_alone(tmp_path: Path) -> None:
    engine = engine_with(10**9, "sd15", other=tiny_model("sdxl"))
    painted(engine, tmp_path, wanted("sd15"), "plain")
    painted(engine, tmp_path, wanted("other"), "other")
    tried = short_until(engine, "sd15", Thrift.LAYERS)
    engine._shelf["sd15"].adapter.network.register_forward_pre_hook(_always_full)
    works = [made(tmp_path, wanted("sd15"), "large"), made(tmp_path, wanted("other"), "beside")]
    endings = {}
    for work in works:
        engine.start(work)
    while engine.busy:
        for report in engine.step():
            if isinstance(report, Finished | Failed):
                endings[report.work_id] = report
    assert tried[-1] is Thrift.LAYERS
    assert isinstance(endings["beside"], Finished)
    assert isinstance(endings["large"], Failed)
    assert endings["large"].code == "OUT_OF_MEMORY"
    engine.close()


def _always_full(*_: Any) -> None:
    raise torch.OutOfMemoryError("simulated")


@pytest.mark.parametrize("word", ["whole", "tiled", "parts", "layers", "of another version"])
def test_a_replay_saves_memory_as_it_was_saved_then(word: str, tmp_path: Path) -> None:
    engine = engine_with(10**9, "sd15")
    again = replace(made(tmp_path, wanted("sd15"), "again"), thrift=word)
    ending = run(engine, again)[-1]
    assert isinstance(ending, Finished), ending
    known = word if word.upper() in Thrift.__members__ else "whole"
    assert dict(ending.environment)["thrift"] == known
    painted(engine, tmp_path, wanted("sd15"), "next", Thrift.WHOLE)
    engine.close()
