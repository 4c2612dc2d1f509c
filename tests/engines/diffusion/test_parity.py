"""With a hard mask, latents are those of the stock diffusers pipeline run alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.flux import unpacked
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation, Sampling
from sfumato.engines.diffusion.request import Request
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.parameters import Scheduler
from sfumato.models.families import families
from tests.support.diffusion import SIDE, adapter, as_amount, as_pixels, photograph, run
from tests.support.tiny_models import FAMILIES

TOLERANCE = 1e-4
PROMPT = "a red vase"
NEGATIVE = "blurred"

Case = tuple[str, Scheduler, float]
EVERY: list[Case] = [
    (family, scheduler, strength)
    for family in FAMILIES
    for scheduler, strength in product(families()[family].schedulers, (1.0, 0.7, 0.4))
]
SLICE: list[Case] = [(family, families()[family].scheduler, 0.7) for family in FAMILIES] + [
    ("sd15", Scheduler.DPMPP_2M_SDE, 0.7),
    ("sd15-inpaint", Scheduler.EULER_ANCESTRAL, 1.0),
]
CASES = [pytest.param(*case) for case in SLICE] + [
    pytest.param(*case, marks=pytest.mark.slow) for case in EVERY if case not in SLICE
]


def hard_mask() -> np.ndarray:
    """A rectangle on the grid of latents and of FLUX's packs of them."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[16:48, 16:64] = 255
    return mask


def sampling(scheduler: Scheduler, strength: float, seed: int = 5, steps: int = 10) -> Sampling:
    return Sampling(scheduler, steps=steps, strength=strength, guidance=4.0, seed=seed)


def stock_latents(family: str, chosen: Sampling) -> torch.Tensor:
    """What the stock pipeline makes of the same request, alone."""
    model = adapter(family)
    pipeline: Any = model.pipeline
    pipeline.scheduler = build_scheduler(chosen.scheduler, model.scheduler_config)
    more: dict[str, Any] = {"negative_prompt": NEGATIVE} if negative(family) else {}
    if family == "flux-kontext":  # it would choose a size of its own
        more = {"_auto_resize": False, "max_area": SIDE * SIDE}
    latents: torch.Tensor = pipeline(
        prompt=PROMPT,
        image=Image.fromarray(photograph()),
        mask_image=Image.fromarray(hard_mask()),
        height=SIDE,
        width=SIDE,
        num_inference_steps=chosen.steps,
        strength=chosen.strength,
        guidance_scale=chosen.guidance,
        generator=torch.Generator("cpu").manual_seed(chosen.seed),
        output_type="latent",
        **more,
    ).images
    if family.startswith("flux2"):  # it returns them in the VAE's own scale
        return model.autoencoder.scaled(latents)
    return unpacked(latents, SIDE // 8, SIDE // 8) if latents.ndim == 3 else latents


def negative(family: str) -> str:
    """A negative prompt where the stock pipeline takes one."""
    takes = not adapter(family).family.distilled and not family.startswith("flux2")
    return NEGATIVE if takes else ""


def request(family: str, chosen: Sampling, prompt: str = PROMPT) -> Request:
    model = adapter(family)
    picture = Picture(as_pixels(photograph()), as_amount(hard_mask()), Masking.STOCK)
    return Preparation(family, model).request(picture, prompt, negative(family), chosen)


def relative_error(ours: torch.Tensor, stock: torch.Tensor) -> float:
    return float((ours - stock).abs().max() / stock.abs().max())


def others(family: str) -> Iterator[Request]:
    """Five requests of other prompts, samplers, lengths and strengths, a few steps under way."""
    schedulers = families()[family].schedulers
    lengths = ((9, 1.0, 3), (14, 0.6, 1), (5, 1.0, 1), (20, 0.8, 6), (12, 0.5, 2))
    for number, (steps, strength, ahead) in enumerate(lengths):
        scheduler = schedulers[number % len(schedulers)]
        chosen = sampling(scheduler, strength, seed=40 + number, steps=steps)
        other = request(family, chosen, prompt=f"picture {number}")
        for _ in range(ahead):
            denoise(adapter(family), [other])
        yield other


@pytest.mark.parametrize(("family", "scheduler", "strength"), CASES)
def test_latents_are_those_of_the_stock_pipeline(
    family: str, scheduler: Scheduler, strength: float
) -> None:
    chosen = sampling(scheduler, strength)
    stock = stock_latents(family, chosen)

    alone = request(family, chosen)
    run(adapter(family), [alone])
    assert relative_error(alone.latents, stock) < TOLERANCE

    shared = request(family, chosen)
    run(adapter(family), [shared, *others(family)])
    assert relative_error(shared.latents, stock) < TOLERANCE


def test_true_guidance_of_a_distilled_model_is_that_of_the_stock_pipeline() -> None:
    model = adapter("flux")
    pipeline: Any = model.pipeline
    pipeline.scheduler = build_scheduler(Scheduler.FLOW_MATCH_EULER, model.scheduler_config)
    stock = pipeline(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        image=Image.fromarray(photograph()),
        mask_image=Image.fromarray(hard_mask()),
        height=SIDE,
        width=SIDE,
        num_inference_steps=10,
        strength=0.7,
        true_cfg_scale=4.0,
        guidance_scale=model.family.guidance_scale,
        generator=torch.Generator("cpu").manual_seed(5),
        output_type="latent",
    ).images
    chosen = replace(sampling(Scheduler.FLOW_MATCH_EULER, 0.7), true_guidance=True)
    picture = Picture(as_pixels(photograph()), as_amount(hard_mask()), Masking.STOCK)
    ours = Preparation("flux", model).request(picture, PROMPT, NEGATIVE, chosen)
    run(model, [ours])
    assert relative_error(ours.latents, unpacked(stock, SIDE // 8, SIDE // 8)) < TOLERANCE
