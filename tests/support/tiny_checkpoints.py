"""Tiny models as single files, with the names that their first authors gave to the weights.

Sfumato and diffusers read such files; here they are written, the other way round.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.support.tiny_models import tiny_model

Weights = dict[str, Tensor]

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
MIDDLE = {"resnets.0": "0", "attentions.0": "1", "resnets.1": "2"}
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def tiny_checkpoint(name: str, directory: Path) -> Path:
    """A tiny model as a file in ``directory``, beside the settings that a tiny model needs.

    ``name`` is ``sd15``, ``sd15-inpaint`` or ``sdxl-narrow``; for ``flux`` only the transformer is
    in the file, under diffusers' names, and all else beside it.
    """
    source = tiny_model(name)
    file, beside = directory / f"{name}.safetensors", directory / name
    if name == "flux":
        shutil.copytree(source, beside)
        (beside / "transformer" / "diffusion_pytorch_model.safetensors").rename(file)
        return file
    shutil.copytree(source, beside, ignore=shutil.ignore_patterns("*.safetensors"))
    save_file({key: value.contiguous() for key, value in whole(source).items()}, file)
    return file


def whole(source: Path) -> Weights:
    """All weights of Stable Diffusion 1.5 or XL."""
    config = json.loads((source / "unet" / "config.json").read_text())

    def read(part: str) -> Weights:
        [file] = (source / part).glob("*.safetensors")
        return load_file(file)

    parts: list[tuple[str, Weights]] = [
        ("model.diffusion_model.", unet_weights(read("unet"), config["layers_per_block"])),
        ("first_stage_model.", vae_weights(read("vae"), 4)),
    ]
    if (source / "text_encoder_2").is_dir():
        parts.append(
            ("conditioner.embedders.0.transformer.text_model.", clip_weights(read("text_encoder")))
        )
        parts.append(("conditioner.embedders.1.model.", open_clip_weights(read("text_encoder_2"))))
    else:
        parts.append(
            ("cond_stage_model.transformer.text_model.", clip_weights(read("text_encoder")))
        )
    return {prefix + key: value for prefix, weights in parts for key, value in weights.items()}


def renamed(weights: Weights, rename: Callable[[str], str]) -> Weights:
    return {rename(key): value for key, value in weights.items()}


def replaced(name: str, words: Mapping[str, str]) -> str:
    """The name with the first of these words that it begins with put into another one."""
    for ours, theirs in words.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    return name


def unet_weights(weights: Weights, layers: int) -> Weights:
    """A UNet's weights; ``layers`` are those of a block on the way down."""
    step = layers + 1

    def rename(key: str) -> str:
        if match := re.fullmatch(r"down_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", key):
            block, kind, layer = int(match[1]), match[2], int(match[3])
            if kind == "downsamplers":
                return f"input_blocks.{block * step + step}.0.op.{match[4].removeprefix('conv.')}"
            number = 1 + block * step + layer
            if kind == "attentions":
                return f"input_blocks.{number}.1.{match[4]}"
            return f"input_blocks.{number}.0.{replaced(match[4], RESNET)}"
        if match := re.fullmatch(r"up_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", key):
            block, kind, layer = int(match[1]), match[2], int(match[3])
            if kind == "upsamplers":
                attends = any(name.startswith(f"up_blocks.{block}.attentions") for name in weights)
                return f"output_blocks.{block * step + layers}.{1 + attends}.{match[4]}"
            if kind == "attentions":
                return f"output_blocks.{block * step + layer}.1.{match[4]}"
            return f"output_blocks.{block * step + layer}.0.{replaced(match[4], RESNET)}"
        if match := re.fullmatch(r"mid_block\.(\w+\.\d+)\.(.*)", key):
            rest = replaced(match[2], RESNET) if match[1].startswith("resnets") else match[2]
            return f"middle_block.{MIDDLE[match[1]]}.{rest}"
        return replaced(key, UNET_ENDS)

    return renamed(weights, rename)


def vae_weights(weights: Weights, blocks: int) -> Weights:
    """A VAE's weights; its attention was made of convolutions."""

    def rename(key: str) -> str:
        key = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        key = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", key)
        key = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", key)
        up = re.search(r"up_blocks\.(\d+)", key)
        if up:
            key = key.replace(up[0], f"up.{blocks - 1 - int(up[1])}")
            key = key.replace("resnets", "block").replace("upsamplers.0", "upsample")
        key = re.sub(
            r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", key
        )
        head, found, tail = key.partition("mid_block.attentions.0.")
        return f"{head}mid.attn_1.{replaced(tail, ATTENTION)}" if found else key

    named = renamed(weights, rename)
    return {
        key: value[..., None, None] if ".attn_1." in key and value.ndim == 2 else value
        for key, value in named.items()
    }


def clip_weights(weights: Weights) -> Weights:
    """CLIP's weights without transformers' own beginning, which depends on its version."""
    return renamed(weights, lambda key: key.removeprefix("text_model."))


def open_clip_weights(weights: Weights) -> Weights:
    """OpenCLIP's names; query, key and value are one."""
    words = {
        "embeddings.position_embedding.weight": "positional_embedding",
        "embeddings.token_embedding.weight": "token_embedding.weight",
        "final_layer_norm": "ln_final",
        "layer_norm1": "ln_1",
        "layer_norm2": "ln_2",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "encoder.layers": "transformer.resblocks",
        "self_attn.out_proj": "attn.out_proj",
    }
    done: Weights = {}
    weights = clip_weights(weights)
    for key, value in weights.items():
        for ours, theirs in words.items():
            key = key.replace(ours, theirs)
        if match := re.fullmatch(r"(.*)\.self_attn\.q_proj\.(weight|bias)", key):
            ours = match[1].replace("transformer.resblocks", "encoder.layers")
            three = [weights[f"{ours}.self_attn.{one}_proj.{match[2]}"] for one in "qkv"]
            done[f"{match[1]}.attn.in_proj_{match[2]}"] = torch.cat(three)
        elif key == "text_projection.weight":
            done["text_projection"] = value.T
        elif "self_attn" not in key:
            done[key] = value
    return done
