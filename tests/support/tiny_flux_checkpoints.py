"""FLUX's transformers under the names that their first authors gave to the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

Weights = dict[str, Tensor]

ENDS = {
    "x_embedder": "img_in",
    "context_embedder": "txt_in",
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "time_guidance_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_guidance_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "double_stream_modulation_img.linear": "double_stream_modulation_img.lin",
    "double_stream_modulation_txt.linear": "double_stream_modulation_txt.lin",
    "single_stream_modulation.linear": "single_stream_modulation.lin",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
    "proj_out": "final_layer.linear",
}
DOUBLE = {
    "norm1.linear": "img_mod.lin",
    "norm1_context.linear": "txt_mod.lin",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "attn.norm_q": "img_attn.norm.query_norm",
    "attn.norm_k": "img_attn.norm.key_norm",
    "attn.norm_added_q": "txt_attn.norm.query_norm",
    "attn.norm_added_k": "txt_attn.norm.key_norm",
    "ff.net.0.proj": "img_mlp.0",
    "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0",
    "ff_context.net.2": "txt_mlp.2",
    "ff.linear_in": "img_mlp.0",
    "ff.linear_out": "img_mlp.2",
    "ff_context.linear_in": "txt_mlp.0",
    "ff_context.linear_out": "txt_mlp.2",
}
SINGLE = {
    "norm.linear": "modulation.lin",
    "attn.norm_q": "norm.query_norm",
    "attn.norm_k": "norm.key_norm",
    "attn.to_qkv_mlp_proj": "linear1",
    "attn.to_out": "linear2",
    "proj_out": "linear2",
}
# Several of ours that were one, in a block of either kind.
FUSED = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
}


def flux_weights(weights: Weights) -> Weights:
    """FLUX.1's or FLUX.2's transformer; its last modulation had shift and scale swapped."""
    original: Weights = {}
    for key, value in weights.items():
        name, _, kind = key.rpartition(".")
        if match := re.fullmatch(r"(single_)?transformer_blocks\.(\d+)\.(.*)", name):
            words, blocks = (SINGLE, "single_blocks") if match[1] else (DOUBLE, "double_blocks")
            block = f"{blocks}.{match[2]}"
            if theirs := words.get(match[3]):
                original[f"{block}.{theirs}.{_kind(theirs, kind)}"] = value
                continue
            fused, ours = _fused(match[3], bool(match[1]))
            if match[3] == ours[0]:
                begin = name.removesuffix(match[3])
                parts = [weights[f"{begin}{part}.{kind}"] for part in ours]
                original[f"{block}.{fused}.{kind}"] = torch.cat(parts)
        else:
            swapped = name == "norm_out.linear"
            told = torch.cat(value.chunk(2)[::-1]) if swapped else value
            original[f"{ENDS[name]}.{kind}"] = told
    return original


def _kind(theirs: str, kind: str) -> str:
    """What the last part of a name was."""
    return "scale" if "_norm" in theirs else kind


def _fused(part: str, single: bool) -> tuple[str, tuple[str, ...]]:
    fitting: Mapping[str, tuple[str, ...]] = {
        fused: ours for fused, ours in FUSED.items() if single is (fused == "linear1")
    }
    return next((fused, ours) for fused, ours in fitting.items() if part in ours)
