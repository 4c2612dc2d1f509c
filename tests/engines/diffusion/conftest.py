"""An engine with every tiny model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from tests.support.tiny_models import FAMILIES, tiny_model


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    options = {f"model:{family}": str(tiny_model(family)) for family in FAMILIES}
    engine = DiffusionEngine("cpu", options)
    yield engine
    engine.close()


@pytest.fixture
def nothing_is_left(engine: DiffusionEngine) -> Iterator[None]:
    yield
    assert not engine.busy
