"""Models in memory: kept while there is room, and never taken away under a running job."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from sfumato.engines.devices import memory_budget, out_of_memory
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.shelf import Shelf
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import Model, describe
from tests.support.tiny_models import tiny_model

CPU = torch.device("cpu")


class Loads:
    """Loads tiny models for a shelf, and remembers how."""

    def __init__(self, budget: int) -> None:
        self.made: list[tuple[str, Thrift]] = []
        self.shelf = Shelf(CPU, torch.float32, budget, self.load)

    def load(self, model: Model, room: int, thrift: Thrift) -> Studio:
        """A shelf's ``Load``."""
        self.made.append((model.name, thrift))
        return Studio.open(model, CPU, torch.float32, room=room, thrift=thrift)

    def fetch(self, name: str, in_use: tuple[str, ...] = ()) -> None:
        """Load one and wait for it."""
        self.shelf.begin(described(name), in_use)
        self.shelf.wait(60)
        assert self.shelf.take()


def described(name: str) -> Model:
    return describe(name, tiny_model(name))


def size_of(name: str) -> int:
    return sum(described(name).part_bytes(4).values())


@pytest.fixture
def loads() -> Callable[[int], Loads]:
    torch.set_num_threads(1)
    return Loads


@pytest.mark.parametrize("name", ["sd15", "sdxl", "flux", "z-image"])
def test_headers_tell_what_weights_take(name: str) -> None:
    model = described(name)
    studio = Studio.open(model, CPU, torch.float32)
    told, taken = model.part_bytes(4), studio.adapter.placement.sizes
    assert told.keys() == taken.keys()
    assert sum(told.values()) == pytest.approx(sum(taken.values()), rel=0.02)


def test_the_model_used_longest_ago_makes_room(loads: Callable[[int], Loads]) -> None:
    sizes = {name: size_of(name) for name in ("sd15", "sd15-inpaint", "sdxl")}
    on = loads(sizes["sd15"] + sizes["sdxl"] + 10_000)
    on.fetch("sd15-inpaint")
    on.fetch("sd15")
    on.fetch("sdxl")
    assert "sd15" in on.shelf
    assert "sd15-inpaint" not in on.shelf
    assert [thrift for _, thrift in on.made] == [Thrift.WHOLE] * 3


def test_beside_a_model_in_use_a_large_one_is_loaded_with_thrift(
    loads: Callable[[int], Loads],
) -> None:
    on = loads(size_of("sd15") + size_of("sdxl") // 2)
    on.fetch("sd15")
    on.fetch("sdxl", ("sd15",))
    assert "sd15" in on.shelf
    assert on.made[1][1] >= Thrift.PARTS


def test_memory_that_is_short_costs_idle_models_first_and_then_speed(
    loads: Callable[[int], Loads],
) -> None:
    on = loads(10**9)
    on.fetch("sd15")
    on.fetch("sdxl")
    thrift = on.shelf["sdxl"].adapter.placement
    assert on.shelf.relieve("sdxl", ("sdxl",))
    assert "sd15" not in on.shelf
    assert thrift.thrift is Thrift.WHOLE
    for level in (Thrift.TILED, Thrift.PARTS, Thrift.LAYERS):
        assert on.shelf.relieve("sdxl", ("sdxl",))
        assert thrift.thrift is level
    assert not on.shelf.relieve("sdxl", ("sdxl",))
    on.shelf.relax("sdxl")
    assert thrift.thrift is Thrift.WHOLE


def test_a_model_that_could_not_be_loaded_is_tried_with_more_thrift(
    loads: Callable[[int], Loads],
) -> None:
    on = loads(10**9)
    assert [on.shelf.relieve("sd15", ()) for _ in range(4)] == [True, True, True, False]
    on.fetch("sd15")
    assert on.made == [("sd15", Thrift.LAYERS)]


def test_a_cleared_shelf_is_empty(loads: Callable[[int], Loads]) -> None:
    on = loads(10**9)
    on.fetch("sd15")
    on.shelf.clear()
    assert "sd15" not in on.shelf


def test_models_may_not_fill_all_memory() -> None:
    assert 0 < memory_budget(CPU) < 2**45


def test_every_backends_lack_of_memory_is_known() -> None:
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"))
    with pytest.raises(RuntimeError) as full:
        torch.empty(2**50)
    assert out_of_memory(full.value)
    assert not out_of_memory(RuntimeError("shape '[3]' is invalid"))
