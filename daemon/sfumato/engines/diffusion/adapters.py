"""Which adapter speaks which family."""

from __future__ import annotations

import torch

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.flux import Flux
from sfumato.engines.diffusion.sd import StableDiffusion
from sfumato.engines.diffusion.sd3 import StableDiffusion3
from sfumato.engines.diffusion.sdxl import StableDiffusionXL
from sfumato.models.description import Model
from sfumato.models.loading import load_pipeline

ADAPTERS: dict[str, type[Adapter]] = {
    "sd": StableDiffusion,
    "sdxl": StableDiffusionXL,
    "sd3": StableDiffusion3,
    "flux": Flux,
}


def load_adapter(model: Model, device: torch.device, dtype: torch.dtype) -> Adapter:
    """The model, loaded onto ``device``."""
    return ADAPTERS[model.family.adapter](load_pipeline(model, device, dtype), model.family)
