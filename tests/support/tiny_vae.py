"""A tiny VAE with random weights, as most families have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers


def vae(
    latent_channels: int = 4,
    quantized: bool = True,
    kind: Callable[..., Any] = diffusers.AutoencoderKL,
    **config: Any,
) -> Any:
    """A VAE that makes 8x8 pixels one latent."""
    return kind(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 16, 16, 16),
        layers_per_block=1,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=64,
        use_quant_conv=quantized,
        use_post_quant_conv=quantized,
        **config,
    ).eval()
