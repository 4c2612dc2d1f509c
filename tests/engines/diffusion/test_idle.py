"""A host of models that nobody uses is ended, and its memory is back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost, HostState
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.engines.patience import Patience
from tests.service.test_footprint import memory
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import work_of

IDLE = 0.5
LARGE = 200_000_000
"""What torch and diffusers take at least, in bytes; a real model takes more."""


def children() -> set[psutil.Process]:
    """The processes that this one and its children have started."""
    return set(psutil.Process().children(recursive=True))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_an_idle_hosts_memory_is_back(tmp_path: Path) -> None:
    spec = EngineSpec(
        name="diffusion",
        factory="sfumato.engines.diffusion.engine:DiffusionEngine",
        options=(("model:sd15", str(tiny_model("sd15"))),),
        idle_seconds=IDLE,
    )
    before = children()
    host = EngineHost(spec, Patience(heartbeat=0.1))
    parameters = Parameters(operation=Operation.GENERATE, model="sd15", prompt="a vase", steps=3)
    selection = np.full((SIDE, SIDE), 255, np.uint8)
    work = replace(work_of(tmp_path / "a", photograph(), selection, parameters), id="a")
    reports = [report async for report in host.submit(work)]
    assert isinstance(reports[-1], Finished)
    assert host.pid is not None
    used, process = memory(psutil.Process(host.pid)), psutil.Process(host.pid)
    assert used > LARGE
    while host.state is not HostState.ABSENT or process.is_running():
        await asyncio.sleep(0.05)
    assert sum(memory(left) for left in children() - before) < 0.05 * used
    await host.close()
