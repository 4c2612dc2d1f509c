"""Tiny models of FLUX.1 and FLUX.2 with random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import transformers

from tests.support.tiny_vae import vae
from tests.support.tiny_words import (
    WIDTH,
    clip_text_model,
    clip_tokenizer,
    qwen_language_model,
    qwen_tokenizer,
    t5_model,
    t5_tokenizer,
)


def flux(channels: int, pipeline: Callable[..., Any]) -> Any:
    """FLUX.1: packed latents, guidance as an input; 384 channels for Fill."""
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=channels,
        out_channels=64,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=(4, 6, 6),
        guidance_embeds=True,
    ).eval()
    return pipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.5,
            max_shift=1.15,
            base_image_seq_len=256,
            max_image_seq_len=4096,
            shift=3.0,
        ),
        vae=vae(16, quantized=False, shift_factor=0.1159, scaling_factor=0.3611),
        text_encoder=clip_text_model(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=t5_model(),
        tokenizer_2=t5_tokenizer(),
    )


def flux2_klein(distilled: bool) -> Any:
    """FLUX.2 klein: packs of 2 x 2 latents, three layers of a language model as the prompt."""
    width = 16
    language_model = qwen_language_model(28, width, transformers.Qwen3ForCausalLM)
    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1,
        in_channels=128,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * width,
        timestep_guidance_channels=32,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).eval()
    return diffusers.Flux2KleinPipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae(32, kind=diffusers.AutoencoderKLFlux2),
        text_encoder=language_model,
        tokenizer=qwen_tokenizer(),
        is_distilled=distilled,
    )
