"""Models in memory: kept while there is room, and never taken away under a running job."""

from __future__ import annotations

import torch

from sfumato.engines.diffusion.shelf import Shelf, memory_budget
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import describe
from tests.support.tiny_models import tiny_model

LOADED: list[str] = []


def load(name: str) -> Studio:
    LOADED.append(name)
    model = describe(name, tiny_model(name))
    return Studio.open(model, torch.device("cpu"), torch.float32)


def size_of(name: str) -> int:
    return load(name).nbytes


def test_a_model_knows_what_its_weights_take() -> None:
    files = tiny_model("sd15").rglob("*.safetensors")
    on_disk = sum(file.stat().st_size for file in files)
    assert 0.9 * on_disk < size_of("sd15") < 1.1 * on_disk


def test_a_loaded_model_is_not_loaded_again() -> None:
    shelf = Shelf(load, 10**9)
    LOADED.clear()
    first = shelf.fetch("sd15", (), 0)
    assert shelf.fetch("sd15", (), 0) is first
    assert LOADED == ["sd15"]


def test_the_model_used_longest_ago_makes_room() -> None:
    each = size_of("sd15")
    shelf = Shelf(load, int(3.5 * each))
    shelf.fetch("sd15", (), each)
    shelf.fetch("sd15-inpaint", (), each)
    shelf.fetch("sd15", (), each)
    shelf.fetch("sdxl", (), 2 * each)
    assert "sd15" in shelf
    assert "sd15-inpaint" not in shelf
    assert "sdxl" in shelf


def test_a_model_in_use_stays_even_where_there_is_no_room() -> None:
    shelf = Shelf(load, 1)
    shelf.fetch("sd15", (), 1)
    shelf.fetch("sdxl", {"sd15"}, 1)
    assert "sd15" in shelf
    assert "sdxl" in shelf


def test_a_cleared_shelf_is_empty() -> None:
    shelf = Shelf(load, 10**9, [load("sd15")])
    assert "sd15" in shelf
    shelf.clear()
    assert "sd15" not in shelf


def test_models_may_not_fill_all_memory() -> None:
    assert 0 < memory_budget(torch.device("cpu")) < 2**45
