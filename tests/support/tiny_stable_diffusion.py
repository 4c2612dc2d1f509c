"""Tiny models of Stable Diffusion, from 1.5 to 3, with random weights."""

from __future__ import annotations

from typing import Any

import diffusers
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

from tests.support.tiny_vae import vae
from tests.support.tiny_words import WIDTH, clip_text_model, clip_tokenizer, t5_model, t5_tokenizer


def sd(channels: int) -> Any:
    """Stable Diffusion 1.5: 4 channels, or 9 for its inpainting model."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    ).eval()
    pipeline = (
        diffusers.StableDiffusionPipeline
        if channels == 4
        else diffusers.StableDiffusionInpaintPipeline
    )
    return pipeline(
        vae=vae(),
        text_encoder=clip_text_model(),
        tokenizer=clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl(channels: int, first_width: int = WIDTH) -> Any:
    """Stable Diffusion XL: 4 channels, or 9 for its inpainting model.

    ``first_width`` is that of its first text encoder, by which single files tell the two apart.
    """
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=8 * 6 + WIDTH,
        cross_attention_dim=first_width + WIDTH,
    ).eval()
    pipeline = (
        diffusers.StableDiffusionXLPipeline
        if channels == 4
        else diffusers.StableDiffusionXLInpaintPipeline
    )
    return pipeline(
        vae=vae(),
        text_encoder=clip_text_model(width=first_width),
        text_encoder_2=clip_text_model(projecting=True),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
    )


def sd3() -> Any:
    """Stable Diffusion 3: two CLIPs, T5, 16 channels, flow matching."""
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=2 * WIDTH,
        caption_projection_dim=WIDTH,
        pooled_projection_dim=2 * WIDTH,
        out_channels=16,
        pos_embed_max_size=96,
    ).eval()
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae(16, quantized=False, shift_factor=0.0609, scaling_factor=1.5305),
        text_encoder=clip_text_model(projecting=True),
        tokenizer=clip_tokenizer(),
        text_encoder_2=clip_text_model(projecting=True),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5_model(2 * WIDTH),
        tokenizer_3=t5_tokenizer(),
    )


def safety_checker(threshold: float) -> Any:
    """A safety checker that objects to everything (threshold -2) or to nothing (2)."""
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    vision |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 16}
    checker = StableDiffusionSafetyChecker(
        transformers.CLIPConfig(vision_config=vision, projection_dim=16)
    )
    checker.concept_embeds_weights.data.fill_(threshold)
    checker.special_care_embeds_weights.data.fill_(2.0)
    return checker.eval()


def checked(pipeline: Any, threshold: float) -> Any:
    """The same pipeline with a safety checker."""
    size = {"height": 32, "width": 32}
    extractor = transformers.CLIPImageProcessor(size=size, crop_size=size)
    parts = pipeline.components | {"feature_extractor": extractor}
    parts["safety_checker"] = safety_checker(threshold)
    return type(pipeline)(**parts)
