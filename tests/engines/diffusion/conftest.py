"""An engine with every tiny model, on the CPU and, where there is one, on a GPU: ``-m cuda``.

So does every test run that takes a ``device``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from tests.support.tiny_models import FAMILIES, tiny_model

DEVICES = [pytest.param("cpu")]
if torch.cuda.is_available():
    DEVICES.append(pytest.param("cuda", marks=pytest.mark.cuda))
else:
    collect_ignore = ["test_full_card.py", "test_graphs.py"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", DEVICES, scope="session")


@pytest.fixture(scope="session", autouse=True)
def whole_float32() -> Iterator[None]:
    """Convolutions in float32 proper, as a GPU's TF32 is no more exact than half precision."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


@pytest.fixture(scope="module")
def engine(device: str) -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    options = {f"model:{family}": str(tiny_model(family)) for family in FAMILIES}
    engine = DiffusionEngine(device, options | {"dtype": "float32"})
    yield engine
    engine.close()


@pytest.fixture
def nothing_is_left(engine: DiffusionEngine) -> Iterator[None]:
    yield
    assert not engine.busy
