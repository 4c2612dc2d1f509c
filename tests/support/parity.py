"""One request made by Sfumato and by the stock diffusers pipeline, to be compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_inpaint
from PIL import Image

from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.flux import unpacked
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation, Sampling
from sfumato.engines.diffusion.request import NOTHING_ADDED, Request
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.parameters import Scheduler
from sfumato.models.families import families
from tests.support.diffusion import SIDE, adapter, as_amount, as_pixels, photograph

PROMPT = "a red vase"
NEGATIVE = "blurred"


def hard_mask() -> np.ndarray:
    """A rectangle on the grid of latents and of FLUX's packs of them."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[16:48, 16:64] = 255
    return mask


def sampling(scheduler: Scheduler, strength: float, seed: int = 5, steps: int = 10) -> Sampling:
    return Sampling(scheduler, steps=steps, strength=strength, guidance=4.0, seed=seed)


def stock_latents(
    family: str, chosen: Sampling, pipeline: Any = None, device: str = "cpu", **further: Any
) -> torch.Tensor:
    """What the stock pipeline makes of the same request, alone.

    ``pipeline`` is by default the one whose parts the adapter uses; ``further`` are arguments.
    """
    model = adapter(family, device)
    model.equip(NOTHING_ADDED)  # another test may have left something on
    pipeline = pipeline or model.pipeline
    pipeline.scheduler = build_scheduler(chosen.scheduler, model.scheduler_config)
    more: dict[str, Any] = {"negative_prompt": NEGATIVE} if negative(family) else {}
    if family == "flux-kontext":  # it would choose a size of its own
        more = {"_auto_resize": False, "max_area": SIDE * SIDE}
    guidance = "true_cfg_scale" if family.startswith("qwen") else "guidance_scale"
    with sized_as_asked():
        latents: torch.Tensor = pipeline(
            prompt=PROMPT,
            image=Image.fromarray(photograph()),
            mask_image=Image.fromarray(hard_mask()),
            height=SIDE,
            width=SIDE,
            num_inference_steps=chosen.steps,
            strength=chosen.strength,
            generator=torch.Generator("cpu").manual_seed(chosen.seed),
            output_type="latent",
            **{guidance: chosen.guidance},
            **more,
            **further,
        ).images
    if family.startswith("flux2"):  # it returns them in the VAE's own scale
        return model.autoencoder.scaled(latents)
    return unpacked(latents, SIDE // 8, SIDE // 8) if latents.ndim == 3 else latents


def sized_as_asked() -> AbstractContextManager[object]:
    """Qwen-Image-Edit's pipeline has no way to ask for a size of about 1024 x 1024 pixels."""
    return patch.object(
        pipeline_qwenimage_edit_inpaint, "calculate_dimensions", lambda *_: (SIDE, SIDE, None)
    )


def negative(family: str) -> str:
    """A negative prompt where the stock pipeline takes one."""
    takes = not adapter(family).family.distilled and not family.startswith("flux2")
    return NEGATIVE if takes else ""


def request(family: str, chosen: Sampling, prompt: str = PROMPT, device: str = "cpu") -> Request:
    model = adapter(family, device)
    picture = Picture(as_pixels(photograph()), as_amount(hard_mask()), Masking.STOCK)
    return Preparation(family, model).request(picture, prompt, negative(family), chosen)


def relative_error(ours: torch.Tensor, stock: torch.Tensor) -> float:
    return float((ours - stock).abs().max() / stock.abs().max())


def others(family: str, device: str = "cpu") -> Iterator[Request]:
    """Five requests of other prompts, samplers, lengths and strengths, a few steps under way."""
    schedulers = families()[family].schedulers
    lengths = ((9, 1.0, 3), (14, 0.6, 1), (5, 1.0, 1), (20, 0.8, 6), (12, 0.5, 2))
    for number, (steps, strength, ahead) in enumerate(lengths):
        scheduler = schedulers[number % len(schedulers)]
        chosen = sampling(scheduler, strength, seed=40 + number, steps=steps)
        other = request(family, chosen, prompt=f"picture {number}", device=device)
        for _ in range(ahead):
            denoise(adapter(family, device), [other])
        yield other
