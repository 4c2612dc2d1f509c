"""Tiny models whose prompts a language model reads: Z-Image and Qwen-Image, random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from tests.support.tiny_vae import vae
from tests.support.tiny_words import qwen_language_model, qwen_tokenizer


def z_image() -> Any:
    """Z-Image: 16 channels, a language model's hidden states as the prompt."""
    width = 16
    language_model = qwen_language_model(3, width)
    transformer = diffusers.ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=16,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=width,
        rope_theta=256.0,
        axes_dims=[8, 4, 4],
        axes_lens=[512, 128, 128],
    ).eval()
    with torch.no_grad():  # they are left as they came from memory
        transformer.x_pad_token.fill_(1.0)
        transformer.cap_pad_token.fill_(1.0)
    return diffusers.ZImagePipeline(
        transformer=transformer,
        vae=vae(16, quantized=False, shift_factor=0.1159, scaling_factor=0.3611),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=language_model,
        tokenizer=qwen_tokenizer(),
    )


SEEING_WORDS = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]


def qwen_vl(tokenizer: Any) -> Any:
    """A language model that sees."""
    start, end, picture, film = tokenizer.convert_tokens_to_ids(SEEING_WORDS)
    width = 32
    shape = {"hidden_size": width, "intermediate_size": width}
    words = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2}
    rope = {"mrope_section": [2, 3, 3], "rope_type": "default", "type": "default"}
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "rope_scaling": rope,
            "rope_theta": 1e6,
            "max_position_embeddings": 4096,
            **shape,
            **words,
        },
        vision_config={
            "depth": 2,
            "num_heads": 2,
            "out_hidden_size": width,
            "fullatt_block_indexes": [1],
            **shape,
        },
        image_token_id=picture,
        video_token_id=film,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config).eval()


class Seeing:
    """A pipeline with a processor for pictures, which diffusers cannot save without torchvision."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def save_pretrained(self, directory: Path, **options: Any) -> None:
        """Save all of it in the usual layout."""
        self._pipeline.save_pretrained(directory, **options)
        eye = transformers.Qwen2VLImageProcessorPil(min_pixels=28 * 28 * 4, max_pixels=28 * 28 * 64)
        eye.save_pretrained(directory / "processor")
        index = json.loads((directory / "model_index.json").read_text())
        index["processor"] = ["transformers", "Qwen2VLProcessor"]
        (directory / "model_index.json").write_text(json.dumps(index))


def qwen_image(edits: bool) -> Any:
    """Qwen-Image and Qwen-Image-Edit: a VAE of films, a language model that sees."""
    tokenizer = qwen_tokenizer()
    tokenizer.add_tokens(SEEING_WORDS, special_tokens=True)
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        guidance_embeds=False,
        axes_dims_rope=(4, 6, 6),
    ).eval()
    vae = diffusers.AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=16,
        dim_mult=[1, 2, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.1 * n for n in range(16)],
        latents_std=[1 + 0.1 * n for n in range(16)],
    ).eval()
    # No setting of this network, but what says that this one was made for small pictures.
    vae.register_to_config(sample_size=64)
    parts = {
        "transformer": transformer,
        "vae": vae,
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "text_encoder": qwen_vl(tokenizer),
        "tokenizer": tokenizer,
    }
    if edits:
        return Seeing(diffusers.QwenImageEditPipeline(**parts, processor=None))
    return diffusers.QwenImagePipeline(**parts)
