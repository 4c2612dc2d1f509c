"""A model that is damaged fails its own job with a sentence; the host and other jobs go on."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import Failed, Finished, WorkReport
from sfumato.engines.parameters import Operation, Parameters
from sfumato.engines.work import Work
from sfumato_client import Bounds, Edit, Extent, Raster, Region, Samples
from sfumato_client import Operation as Asked
from sfumato_client import Parameters as Wanted
from sfumato_client.blocking import Client
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from tests.support.daemon import running_daemon
from tests.support.damage import DAMAGES, PARTS, damaged_model
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import tiny_model
from tests.support.works import work_of


def selection() -> np.ndarray:
    chosen = np.zeros((SIDE, SIDE), np.uint8)
    chosen[16:48, 16:48] = 255
    return chosen


def work(directory: Path, model: str, steps: int = 4) -> Work:
    parameters = Parameters(
        operation=Operation.GENERATE, model=model, prompt="a red vase", seed=3, steps=steps
    )
    return replace(work_of(directory / model, photograph(), selection(), parameters), id=model)


@pytest.mark.parametrize(("part", "damage"), [*product(PARTS, DAMAGES)])
def test_a_damaged_model_fails_its_job_alone(part: str, damage: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    damaged = damaged_model(tmp_path / "model", part, damage)
    engine = DiffusionEngine(
        "cpu", {"model:damaged": str(damaged), "model:sound": str(tiny_model("sd15"))}
    )
    engine.start(work(tmp_path, "sound", steps=60))
    reports: list[WorkReport] = []
    try:
        engine.start(work(tmp_path, "damaged"))
    except Refused as refused:  # its JSON files tell already
        reports.append(Failed("damaged", refused.code, refused.message))
    while engine.busy:
        reports += engine.step()
    engine.close()
    [failed] = [report for report in reports if isinstance(report, Failed)]
    assert (failed.work_id, failed.code) == ("damaged", "MODEL_UNUSABLE")
    assert part in failed.message or damage in {"wrong-shape"}, failed.message
    [finished] = [report for report in reports if isinstance(report, Finished)]
    assert finished.work_id == "sound"


@pytest.mark.slow
def test_the_host_outlives_damaged_models(tmp_path: Path) -> None:
    names = ["truncated", "wrong-key", "wrong-shape", "not-a-number", "no-weights"]
    paths = {name: damaged_model(tmp_path / name, "text_encoder", name) for name in names}
    models = [f"--model={name}={path}" for name, path in paths.items()]
    state = tmp_path / "state"
    sound = f"--model=sound={tiny_model('sd15')}"
    with running_daemon(state, *models, sound, "--device=cpu", OMP_NUM_THREADS="1") as daemon:
        client = Client(Endpoint(daemon.address, daemon.token), "tests", "1")
        ask(client, "sound")
        hosts = {child.pid for child in psutil.Process(daemon.process.pid).children()}
        for name in names:
            with pytest.raises(SfumatoError) as failure:
                ask(client, name)
            assert failure.value.reason == "MODEL_UNUSABLE"
        ask(client, "sound")
        assert {child.pid for child in psutil.Process(daemon.process.pid).children()} == hosts
        client.close()


def ask(client: Client, model: str) -> None:
    extent = Extent(SIDE, SIDE)
    raster = Raster(extent, Samples.RGB, 8, photograph().tobytes())
    region = Region(Bounds.of(extent), raster, selection().tobytes())
    wanted = Wanted(
        operation=Asked.OPERATION_GENERATE, model=model, prompt="a red vase", seed=3, steps=2
    )
    edit = Edit(extent, wanted, (region,))
    client.submit(edit, lambda event: None, lambda error: None).wait(60)
