"""LoRAs: as diffusers applies them, in any batch, and gone without a trace when they are off."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.loras import Loras, WornLora
from sfumato.engines.diffusion.prepare import Sampling
from sfumato.engines.diffusion.request import Additions
from sfumato.models.families import families
from tests.support.diffusion import adapter, run
from tests.support.parity import others, relative_error, request, sampling, stock_latents
from tests.support.tiny_additions import pipeline, tiny_lora

TOLERANCE = 1e-4
FAMILIES = ["sd15", "sd15-inpaint", "sdxl", "sd3", "flux", "flux-fill"]


def plain(family: str) -> Sampling:
    return sampling(families()[family].scheduler, 0.7)


def wearing(family: str, *worn: tuple[int, float]) -> Sampling:
    """A request's sampling with these LoRAs: seed and weight of each."""
    loras = tuple(WornLora(tiny_lora(family, seed), weight) for seed, weight in worn)
    return replace(plain(family), additions=Additions(loras))


def weights_of(stock: Any) -> dict[str, torch.Tensor]:
    """Copies of the networks' own weights, without those of LoRAs."""
    networks = {
        name: part for name, part in stock.components.items() if isinstance(part, torch.nn.Module)
    }
    return {
        f"{part}.{name}".replace(".base_layer", ""): tensor.clone()
        for part, network in networks.items()
        for name, tensor in network.state_dict().items()
        if "lora_" not in name
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_latents_are_those_of_the_stock_pipeline_with_the_same_loras(family: str) -> None:
    chosen = wearing(family, (1, 0.8), (2, -0.5))
    stock = pipeline(family)
    for seed in (1, 2):
        stock.load_lora_weights(tiny_lora(family, seed), adapter_name=f"{seed}")
    stock.set_adapters(["1", "2"], [0.8, -0.5])
    latents = stock_latents(family, chosen, stock)

    shared = request(family, chosen)
    companion = request(family, replace(chosen, seed=9, steps=7))
    single = request(family, wearing(family, (1, 0.8)))
    run(adapter(family), [shared, single, companion, *others(family)])
    assert relative_error(shared.latents, latents) < TOLERANCE
    assert relative_error(single.latents, latents) > 10 * TOLERANCE


@pytest.mark.parametrize("family", ["sd15", "flux"])
def test_without_loras_everything_is_bit_for_bit_as_it_was(family: str) -> None:
    weights = weights_of(pipeline(family))
    before, dressed, after = (
        request(family, plain(family)),
        request(family, wearing(family, (1, 1.0))),
        request(family, plain(family)),
    )
    run(adapter(family), [before])
    run(adapter(family), [dressed, after])
    assert torch.equal(before.latents, after.latents)
    assert not torch.equal(before.latents, dressed.latents)
    left = weights_of(adapter(family).pipeline)
    assert left.keys() >= weights.keys()  # other tests may have added networks
    assert all(torch.equal(left[name], weights[name]) for name in weights)


def test_a_lora_reads_prompts_too() -> None:
    chosen = wearing("sd15", (1, 1.0))
    [_, dressed] = request("sd15", chosen).prompts
    [_, undressed] = request("sd15", plain("sd15")).prompts
    assert not torch.equal(dressed.tokens, undressed.tokens)


def test_the_lora_worn_longest_ago_makes_room(tmp_path: Path) -> None:
    stock = pipeline("sd15")
    loras = Loras(stock, most=2)
    files = [tiny_lora("sd15", seed, text=False) for seed in (1, 2, 3)]
    for file in files:
        loras.wear([WornLora(file, 1.0)])
    assert len(stock.get_list_adapters()["unet"]) == 2
    loras.wear([WornLora(file, 1.0) for file in files])  # those that are worn all stay
    assert len(stock.get_active_adapters()) == 3


@pytest.mark.parametrize("other", ["sdxl", "flux"])
def test_a_lora_of_another_family_is_refused_and_leaves_no_trace(other: str) -> None:
    stock = pipeline("sd15")
    weights = weights_of(stock)
    loras = Loras(stock)
    with pytest.raises(Refused, match="does not fit"):
        loras.wear([WornLora(tiny_lora(other, text=False), 1.0)])
    loras.wear([WornLora(tiny_lora("sd15"), 1.0)])
    loras.wear([])
    left = weights_of(stock)
    assert all(torch.equal(left[name], weights[name]) for name in weights)


def test_a_lora_that_is_gone_is_refused_with_its_place(tmp_path: Path) -> None:
    file = Path(shutil.copy(tiny_lora("sd15"), tmp_path / "gone.safetensors"))
    file.unlink()
    with pytest.raises(Refused, match=r"gone\.safetensors cannot be read"):
        Loras(pipeline("sd15")).wear([WornLora(file, 1.0)])
