"""Which adapter speaks which family."""

from __future__ import annotations

import torch

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.flux import Flux
from sfumato.engines.diffusion.flux2 import Flux2Klein
from sfumato.engines.diffusion.kontext import FluxKontext
from sfumato.engines.diffusion.sd import StableDiffusion
from sfumato.engines.diffusion.sd3 import StableDiffusion3
from sfumato.engines.diffusion.sdxl import StableDiffusionXL
from sfumato.engines.diffusion.z_image import ZImage
from sfumato.models.description import Model
from sfumato.models.loading import load_pipeline

ADAPTERS: dict[str, type[Adapter]] = {
    "sd": StableDiffusion,
    "sdxl": StableDiffusionXL,
    "sd3": StableDiffusion3,
    "flux": Flux,
    "kontext": FluxKontext,
    "flux2": Flux2Klein,
    "z-image": ZImage,
}


def load_adapter(
    model: Model, device: torch.device, dtype: torch.dtype, checked: bool = True
) -> Adapter:
    """The model, loaded onto ``device``, with its safety checker if it has one."""
    pipeline = load_pipeline(model, device, dtype, checked)
    return ADAPTERS[model.family.adapter](pipeline, model.family)
