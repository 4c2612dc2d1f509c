"""Random weights in the real architectures: speed does not depend on what they are.

Sizes named after a family have the parts of its real checkpoints; in the two smaller ones all parts
but the denoiser are the tests' tiny ones. Vocabularies are tiny everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import PreTrainedModel

from sfumato.engines.devices import memory_budget
from sfumato.engines.diffusion.adapters import adapted
from sfumato.engines.diffusion.prepare import Preparation
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import Model
from sfumato.models.families import Family, families
from sfumato_client.geometry import Extent
from tests.support.tiny_models import FAMILIES


class Size(NamedTuple):
    """A family, and what the configuration of its tiny parts becomes."""

    family: str
    parts: dict[str, dict[str, Any]]


VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "norm_num_groups": 32}
CLIP_L = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "projection_dim": 768,
}
CLIP_G = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_attention_heads": 20,
    "num_hidden_layers": 32,
    "projection_dim": 1280,
}
T5_XXL = {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64}
CROSS, PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"
UP_CROSS, UP_PLAIN = "CrossAttnUpBlock2D", "UpBlock2D"
SIZES = {
    "tiny": Size("sd15-inpaint", {}),
    "small": Size(
        "sd15-inpaint",
        {
            "unet": {
                "block_out_channels": (64, 128),
                "attention_head_dim": 8,
                "norm_num_groups": 16,
            },
        },
    ),
    "sd15": Size(
        "sd15-inpaint",
        {
            "unet": {
                "block_out_channels": (320, 640, 1280, 1280),
                "layers_per_block": 2,
                "attention_head_dim": 8,
                "norm_num_groups": 32,
                "down_block_types": (CROSS, CROSS, CROSS, PLAIN),
                "up_block_types": (UP_PLAIN, UP_CROSS, UP_CROSS, UP_CROSS),
                "cross_attention_dim": 768,
            },
            "vae": VAE,
            "text_encoder": CLIP_L,
        },
    ),
    "sdxl": Size(
        "sdxl-inpaint",
        {
            "unet": {
                "block_out_channels": (320, 640, 1280),
                "layers_per_block": 2,
                "attention_head_dim": (5, 10, 20),
                "norm_num_groups": 32,
                "transformer_layers_per_block": (1, 2, 10),
                "down_block_types": (PLAIN, CROSS, CROSS),
                "up_block_types": (UP_CROSS, UP_CROSS, UP_PLAIN),
                "cross_attention_dim": 768 + 1280,
                "addition_time_embed_dim": 256,
                "projection_class_embeddings_input_dim": 6 * 256 + 1280,
            },
            "vae": VAE,
            "text_encoder": CLIP_L,
            "text_encoder_2": CLIP_G,
        },
    ),
    "flux": Size(
        "flux-fill",
        {
            "transformer": {
                "num_layers": 19,
                "num_single_layers": 38,
                "attention_head_dim": 128,
                "num_attention_heads": 24,
                "axes_dims_rope": (16, 56, 56),
                "joint_attention_dim": 4096,
                "pooled_projection_dim": 768,
            },
            "vae": VAE,
            "text_encoder": CLIP_L,
            "text_encoder_2": T5_XXL,
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
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    with device:
        parts = {
            name: resized(getattr(pipeline, name), config).eval()
            for name, config in SIZES[size].parts.items()
        }
    torch.set_default_dtype(default)
    pipeline.register_modules(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device, dtype)


def resized(part: Any, config: dict[str, Any]) -> Any:
    """The same kind of network with random weights and a changed configuration."""
    if isinstance(part, PreTrainedModel):
        return type(part)(type(part.config)(**{**part.config.to_dict(), **config}))
    return type(part).from_config({**part.config, **config})


def studio_of(pipeline: Any, size: str, pixels: int) -> Studio:
    """The same pipeline as Sfumato's own loop uses it, at one working size."""
    extent = Extent(pixels, pixels)
    model = Model("bench", Path(), family_of(size), pixels, (extent,))
    device = pipeline.device
    adapter = adapted(pipeline, model.family, device, memory_budget(device))
    return Studio(model, adapter, Preparation(model.name, adapter))
