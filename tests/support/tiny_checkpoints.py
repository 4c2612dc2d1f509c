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

from tests.support.tiny_flux_checkpoints import flux_weights
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


def tiny_checkpoint(name: str, directory: Path, prefix: str = "") -> Path:
    """A tiny model as a file in ``directory``, beside the settings that a tiny model needs.

    ``name`` is ``sd15``, ``sd15-inpaint`` or ``sdxl-narrow``; for ``flux`` (under diffusers'
    names, as the library takes theirs for networks of FLUX's width alone), ``flux2-klein``,
    ``sd3``, ``z-image`` and ``qwen-image`` only the transformer is in the file, and all
    else beside it. ``prefix`` is what all names in those begin with.
    """
    source = tiny_model(name)
    file, beside = directory / f"{name}.safetensors", directory / name
    if name in TRANSFORMERS:
        shutil.copytree(source, beside)
        lone = beside / "transformer" / "diffusion_pytorch_model.safetensors"
        weights = TRANSFORMERS[name](load_file(lone))
        save_file({prefix + key: value.contiguous() for key, value in weights.items()}, file)
        lone.unlink()
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


JOINT_ENDS = {
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
    "proj_out": "final_layer.linear",
}
JOINT_BLOCK = {
    "norm1.linear": "x_block.adaLN_modulation.1",
    "norm1_context.linear": "context_block.adaLN_modulation.1",
    "attn.to_out.0": "x_block.attn.proj",
    "attn.to_add_out": "context_block.attn.proj",
    "ff.net.0.proj": "x_block.mlp.fc1",
    "ff.net.2": "x_block.mlp.fc2",
    "ff_context.net.0.proj": "context_block.mlp.fc1",
    "ff_context.net.2": "context_block.mlp.fc2",
}
JOINT_QKV = {
    "x_block.attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "context_block.attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}


def sd3_weights(weights: Weights) -> Weights:
    """Stable Diffusion 3's transformer; its last modulations had shift and scale swapped."""
    last = max(int(key.split(".")[1]) for key in weights if key.startswith("transformer_blocks."))
    swapped = ("norm_out.linear.", f"transformer_blocks.{last}.norm1_context.linear.")
    left = {
        key: torch.cat(value.chunk(2)[::-1]) if key.startswith(swapped) else value
        for key, value in weights.items()
    }
    original = {"pos_embed": left.pop("pos_embed.pos_embed")}
    for block in range(last + 1):
        ours = f"transformer_blocks.{block}."
        for fused, parts in JOINT_QKV.items():
            for end in ("weight", "bias"):
                values = [left.pop(f"{ours}{part}.{end}") for part in parts]
                original[f"joint_blocks.{block}.{fused}.{end}"] = torch.cat(values)
        for key in [key for key in left if key.startswith(ours)]:
            theirs = replaced(key.removeprefix(ours), JOINT_BLOCK)
            original[f"joint_blocks.{block}.{theirs}"] = left.pop(key)
    return original | renamed(left, lambda key: replaced(key, JOINT_ENDS))


def z_image_weights(weights: Weights) -> Weights:
    """Z-Image's transformer."""
    left, original = dict(weights), Weights()
    for key in [key for key in weights if key.endswith("attention.to_q.weight")]:
        begin = key.removesuffix("to_q.weight")
        values = [left.pop(f"{begin}to_{part}.weight") for part in "qkv"]
        original[f"{begin}qkv.weight"] = torch.cat(values)
    words = {
        "all_final_layer.2-1.": "final_layer.",
        "all_x_embedder.2-1.": "x_embedder.",
        "attention.to_out.0.": "attention.out.",
        "attention.norm_": "attention.",
    }

    def rename(key: str) -> str:
        for ours, theirs in words.items():
            if ours in key:
                key = key.replace(ours, theirs)
                return re.sub(r"attention\.([qk])\.weight", r"attention.\1_norm.weight", key)
        return key

    return original | renamed(left, rename)


TRANSFORMERS: dict[str, Callable[[Weights], Weights]] = {
    "flux": dict,
    "flux2-klein": flux_weights,
    "qwen-image": dict,
    "sd3": sd3_weights,
    "z-image": z_image_weights,
}
