"""Tiny models that select, with random weights in the real architectures and layouts."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

from tests.support.published import SIDE, published, weights
from tests.support.tiny_additions import cached
from tests.support.tiny_words import clip_tokenizer

SQUARE = 64
"""The side of the square that the tiny networks see."""


def tiny_sam() -> Path:
    """A SAM's directory."""
    return cached("sam", _sam)


def tiny_sam2() -> Path:
    """A SAM 2's directory."""
    return cached("sam2", _sam2)


def tiny_sam2_video() -> Path:
    """A SAM 2's directory as it is published: with what films need, and the same weights."""
    return cached("sam2-video", _sam2_video)


def tiny_owl() -> Path:
    """An OWLv2's directory."""
    return cached("owlv2", _owl)


def tiny_birefnet() -> Path:
    """A BiRefNet's directory."""
    return cached("birefnet", _birefnet)


def _sam(directory: Path) -> None:
    torch.manual_seed(0)
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": SQUARE,
            "patch_size": 8,
            "window_size": 4,
            "global_attn_indexes": [1],
            "num_pos_feats": 8,
            "mlp_dim": 32,
            "initializer_range": 0.5,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": SQUARE, "patch_size": 8},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
        initializer_range=0.5,
    )
    transformers.SamModel(config).save_pretrained(directory)
    square = {"longest_edge": SQUARE}
    padded = {"height": SQUARE, "width": SQUARE}
    transformers.SamImageProcessor(size=square, pad_size=padded).save_pretrained(directory)


def _sam2(directory: Path) -> None:
    torch.manual_seed(0)
    config = transformers.Sam2Config(
        vision_config=transformers.Sam2VisionConfig(
            backbone_config=transformers.Sam2HieraDetConfig(
                hidden_size=8,
                image_size=[SQUARE, SQUARE],
                window_positional_embedding_background_size=[2, 2],
                blocks_per_stage=[1, 1, 2, 1],
                embed_dim_per_stage=[8, 16, 32, 64],
                num_attention_heads_per_stage=[1, 1, 2, 2],
                window_size_per_stage=[4, 4, 4, 4],
                global_attention_blocks=[3],
                initializer_range=0.3,
            ),
            backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
            fpn_hidden_size=16,
        ),
        prompt_encoder_config=transformers.Sam2PromptEncoderConfig(
            hidden_size=16, image_size=SQUARE
        ),
        mask_decoder_config=transformers.Sam2MaskDecoderConfig(
            hidden_size=16, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=16
        ),
        initializer_range=0.3,
    )
    transformers.Sam2Model(config).save_pretrained(directory)


def _sam2_video(directory: Path) -> None:
    plain = transformers.Sam2Model.from_pretrained(tiny_sam2())
    narrow = {"hidden_size": 16, "num_layers": 1}
    config = transformers.Sam2VideoConfig(
        vision_config=plain.config.vision_config,
        prompt_encoder_config=plain.config.prompt_encoder_config.to_dict(),
        mask_decoder_config=plain.config.mask_decoder_config.to_dict(),
        image_size=SQUARE,
        memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[4, 4],
        memory_encoder_hidden_size=16,
        memory_encoder_output_channels=8,
        mask_downsampler_embed_dim=16,
        memory_fuser_embed_dim=16,
        memory_fuser_intermediate_dim=32,
        **{f"memory_attention_{name}": value for name, value in narrow.items()},
    )
    film = transformers.Sam2VideoModel(config)
    film.load_state_dict(plain.state_dict(), strict=False)
    film.save_pretrained(directory)


def _owl(directory: Path) -> None:
    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    narrow = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = transformers.Owlv2Config(
        text_config={
            **narrow,
            "num_hidden_layers": 2,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 16,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={**narrow, "num_hidden_layers": 2, "image_size": SQUARE, "patch_size": 16},
        projection_dim=16,
    )
    network = transformers.Owlv2ForObjectDetection(config)
    with torch.no_grad():
        # Its scores should differ from place to place, and be neither all nor nothing.
        for name, weight in network.named_parameters():
            if name.startswith(("class_head", "box_head")) and weight.ndim == 2:
                weight.normal_(std=0.5)
    network.save_pretrained(directory)
    size = {"height": SQUARE, "width": SQUARE}
    images = transformers.Owlv2ImageProcessor(size=size)
    tokenizer.model_max_length = 16
    transformers.Owlv2Processor(images, tokenizer).save_pretrained(directory)


def _birefnet(directory: Path) -> None:
    save_file(weights(published()["shapes"]), directory / "model.safetensors")
    config = {"architectures": ["BiRefNet"], "image_size": SIDE}
    (directory / "config.json").write_text(json.dumps(config), "utf-8")
