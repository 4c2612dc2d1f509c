"""A GPU without memory to spare. Collected where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.devices import release
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.prepare import Preparation
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Ending, Failed, Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.description import describe
from sfumato_client.geometry import Extent
from tests.support.diffusion import photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import run, work_of

pytestmark = pytest.mark.cuda

SIDE = 1024
SHARE = 0.25
CARD = torch.device("cuda")


@pytest.fixture
def engine() -> Iterator[DiffusionEngine]:
    """A tiny network that works on large pictures, so that pictures take the memory."""
    size = Extent(SIDE, SIDE)
    described = describe("sd15", tiny_model("sd15"))
    model = replace(described, native_side=SIDE, buckets=(size,))
    adapter = load_adapter(model, CARD, torch.float32)
    studio = Studio(model, adapter, Preparation(model.name, adapter))
    engine = DiffusionEngine("cuda", {"dtype": "float32"}, [studio])
    torch.cuda.set_per_process_memory_fraction(SHARE)  # others run tests on this card, too
    yield engine
    engine.close()
    torch.cuda.set_per_process_memory_fraction(1.0)


def ending(engine: DiffusionEngine, path: Path, name: str) -> Ending:
    """What comes of an edit of a whole picture, no two of which are the same.

    It takes one step, as a pass that is recorded already takes no further memory.
    """
    parameters = Parameters(
        operation=Operation.GENERATE, model="sd15", prompt="a vase", seed=3, steps=1
    )
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[256:768, 256:768] = 255
    picture = np.roll(photograph(SIDE, SIDE), len(name), axis=0)
    work = work_of(path / name, picture, selection, parameters)
    last = run(engine, replace(work, id=name))[-1]
    assert isinstance(last, Finished | Failed)
    return last


def test_an_edit_that_does_not_fit_at_all_fails_alone(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    assert isinstance(ending(engine, tmp_path, "before"), Finished)
    adapter = engine._shelf["sd15"].adapter
    tried: list[Thrift] = []
    taken: list[torch.Tensor] = []

    def greedy(*_: Any) -> None:
        tried.append(adapter.placement.thrift)
        size = torch.cuda.mem_get_info()[0]
        while size >= 1 << 20:
            try:
                taken.append(torch.empty(size, dtype=torch.uint8, device=CARD))
            except torch.OutOfMemoryError:
                size //= 2

    hook = adapter.network.register_forward_pre_hook(greedy)
    failed = ending(engine, tmp_path, "too large")
    assert isinstance(failed, Failed)
    assert failed.code == "OUT_OF_MEMORY"
    assert list(dict.fromkeys(tried)) == list(Thrift)
    hook.remove()
    taken.clear()
    release(CARD)
    assert isinstance(ending(engine, tmp_path, "after"), Finished)
