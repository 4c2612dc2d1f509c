"""Loading a model's weights: safetensors only, no code but ours and diffusers'."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from sfumato.models.description import Model

# The stock pipeline each family's parts are put into: it reads prompts and holds the parts. The
# denoising loop is our own.
PIPELINES: dict[str, str] = {
    "sd15": "StableDiffusionInpaintPipeline",
    "sd15-inpaint": "StableDiffusionInpaintPipeline",
    "sd2": "StableDiffusionInpaintPipeline",
    "sd2-inpaint": "StableDiffusionInpaintPipeline",
    "sdxl": "StableDiffusionXLInpaintPipeline",
    "sdxl-inpaint": "StableDiffusionXLInpaintPipeline",
    "sd3": "StableDiffusion3InpaintPipeline",
    "flux": "FluxInpaintPipeline",
    "flux-fill": "FluxFillPipeline",
    "flux-kontext": "FluxKontextInpaintPipeline",
    "z-image": "ZImageInpaintPipeline",
    "flux2-klein": "Flux2KleinInpaintPipeline",
    "flux2-klein-base": "Flux2KleinInpaintPipeline",
}


def device_named(name: str) -> torch.device:
    """A torch device; ``auto`` is the first GPU there is, else the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def default_dtype(device: torch.device) -> torch.dtype:
    """float32 on a CPU, bfloat16 where the GPU has it, else float16."""
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16


def load_pipeline(
    model: Model, device: torch.device, dtype: torch.dtype, checked: bool = True
) -> Any:
    """The model as a stock diffusers pipeline on ``device``.

    A VAE that overflows in float16 (SDXL's says so) stays in float32. A safety checker that comes
    with the model is left out unless ``checked``.
    """
    # Nobody watches bars in a host's log.
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    pipeline_class = getattr(diffusers, PIPELINES[model.family.name])
    left_out = {} if checked or model.family.adapter != "sd" else {"safety_checker": None}
    pipeline = pipeline_class.from_pretrained(
        model.directory,
        dtype=dtype,
        variant=model.variant,
        use_safetensors=True,
        local_files_only=True,
        **left_out,
    )
    pipeline.to(device)
    if dtype == torch.float16 and getattr(pipeline.vae.config, "force_upcast", False):
        pipeline.vae.to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
