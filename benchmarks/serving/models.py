"""Random weights in the real architectures: speed does not depend on what they are.

The denoiser has the real size; text encoders and VAE are the tests' tiny ones, on every side.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch

from sfumato.engines.diffusion.adapters import adapted
from sfumato.engines.diffusion.devices import memory_budget
from sfumato.engines.diffusion.prepare import Preparation
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import Model
from sfumato.models.families import Family, families
from sfumato_client.geometry import Extent
from tests.support.tiny_models import FAMILIES


class Size(NamedTuple):
    """A family, and what its tiny denoiser's configuration becomes."""

    family: str
    config: dict[str, Any]


CROSS, PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"
UP_CROSS, UP_PLAIN = "CrossAttnUpBlock2D", "UpBlock2D"
SIZES = {
    "tiny": Size("sd15-inpaint", {}),
    "small": Size(
        "sd15-inpaint",
        {"block_out_channels": (64, 128), "attention_head_dim": 8, "norm_num_groups": 16},
    ),
    "sd15": Size(
        "sd15-inpaint",
        {
            "block_out_channels": (320, 640, 1280, 1280),
            "layers_per_block": 2,
            "attention_head_dim": 8,
            "norm_num_groups": 32,
            "down_block_types": (CROSS, CROSS, CROSS, PLAIN),
            "up_block_types": (UP_PLAIN, UP_CROSS, UP_CROSS, UP_CROSS),
        },
    ),
    "sdxl": Size(
        "sdxl-inpaint",
        {
            "block_out_channels": (320, 640, 1280),
            "layers_per_block": 2,
            "attention_head_dim": (5, 10, 20),
            "norm_num_groups": 32,
            "transformer_layers_per_block": (1, 2, 10),
            "down_block_types": (PLAIN, CROSS, CROSS),
            "up_block_types": (UP_CROSS, UP_CROSS, UP_PLAIN),
        },
    ),
    "flux": Size(
        "flux-fill",
        {
            "num_layers": 19,
            "num_single_layers": 38,
            "attention_head_dim": 128,
            "num_attention_heads": 24,
            "axes_dims_rope": (16, 56, 56),
        },
    ),
}


def family_of(size: str) -> Family:
    """The family of a size."""
    return families()[SIZES[size].family]


def random_pipeline(size: str, device: torch.device, dtype: torch.dtype) -> Any:
    """A stock inpainting pipeline with random weights."""
    torch.manual_seed(0)
    pipeline = FAMILIES[SIZES[size].family]()
    name = family_of(size).denoiser
    tiny = getattr(pipeline, name)
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    with device:
        network = type(tiny).from_config({**tiny.config, **SIZES[size].config}).eval()
    torch.set_default_dtype(default)
    pipeline.register_modules(**{name: network})
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device, dtype)


def studio_of(pipeline: Any, size: str, pixels: int) -> Studio:
    """The same pipeline as Sfumato's own loop uses it, at one working size."""
    extent = Extent(pixels, pixels)
    model = Model("bench", Path(), family_of(size), pixels, (extent,))
    device = pipeline.device
    adapter = adapted(pipeline, model.family, device, memory_budget(device))
    return Studio(model, adapter, Preparation(model.name, adapter))
