"""Cancels at any moment free the engine within a step and leave nothing behind."""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.parameters import Operation, Parameters
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import work_of

CANCELS = 200
WARM_UP = 60


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_hundred_cancels_leave_memory_flat_and_the_engine_free(
    device: str, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    engine = DiffusionEngine(device, {"model:sd15": str(tiny_model("sd15"))})
    chance = random.Random(1)
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    process = psutil.Process()
    taken = 0
    for number in range(WARM_UP + CANCELS):
        if number == WARM_UP:
            gc.collect()
            taken = process.memory_info().rss
        parameters = Parameters(
            operation=Operation.GENERATE, model="sd15", prompt="a red vase", seed=number, steps=30
        )
        path = tmp_path / str(number)
        engine.start(replace(work_of(path, photograph(), selection, parameters), id=str(number)))
        for _ in range(chance.randrange(12)):
            list(engine.step())
        engine.cancel(str(number))
        assert not engine.busy
        path.unlink()
    gc.collect()
    assert process.memory_info().rss < 1.02 * taken
    engine.close()
