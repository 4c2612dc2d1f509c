"""With a hard mask, latents are those of the stock diffusers pipeline run alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from PIL import Image

from sfumato.engines.diffusion.flux import unpacked
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.parameters import Scheduler
from sfumato.models.families import families
from tests.support.diffusion import SIDE, adapter, as_amount, as_pixels, photograph, run
from tests.support.parity import (
    NEGATIVE,
    PROMPT,
    hard_mask,
    others,
    relative_error,
    request,
    sampling,
    stock_latents,
)
from tests.support.tiny_models import FAMILIES

TOLERANCE = 1e-4

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


@pytest.mark.parametrize(("family", "scheduler", "strength"), CASES)
def test_latents_are_those_of_the_stock_pipeline(
    family: str, scheduler: Scheduler, strength: float, device: str
) -> None:
    chosen = sampling(scheduler, strength)
    model = adapter(family, device)
    stock = stock_latents(family, chosen, device=device)

    alone = request(family, chosen, device=device)
    run(model, [alone])
    assert relative_error(alone.latents, stock) < TOLERANCE

    shared = request(family, chosen, device=device)
    run(model, [shared, *others(family, device)])
    assert relative_error(shared.latents, stock) < TOLERANCE


def test_true_guidance_of_a_distilled_model_is_that_of_the_stock_pipeline(device: str) -> None:
    model = adapter("flux", device)
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
