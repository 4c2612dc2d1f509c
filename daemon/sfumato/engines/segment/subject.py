"""The main subject of a picture, by BiRefNet."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image as Picture
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import interpolate

from sfumato.engines.segment.birefnet import BiRefNet
from sfumato.engines.segment.sam import normalized
from sfumato.imaging.mask import Mask
from sfumato.models.guides import config_of

SIDE = 1024
"""The side of the square that the published weights were trained for, in pixels."""

# The encoder's names in the published weights, and those of Swin in checkpoints for transformers.
_NAMES = (
    (r"^patch_embed\.proj\.", "swin.embeddings.patch_embeddings.projection."),
    (r"^patch_embed\.norm\.", "swin.embeddings.norm."),
    (r"^norm(\d)\.", lambda match: f"hidden_states_norms.stage{int(match[1]) + 1}."),
    (r"^layers\.", "swin.encoder.layers."),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.mlp\.fc1\.", ".intermediate.dense."),
    (r"\.mlp\.fc2\.", ".output.dense."),
    (r"\.attn\.proj\.", ".attention.output.dense."),
    (r"\.attn\.", ".attention.self."),
)
# Parts that only training has, and numbers that follow from the others.
_UNUSED = re.compile(
    r"conv_ms_spvn_|gdt_convs_pred_|cls_head|relative_position_index|attn_mask|num_batches_tracked"
)


class SubjectFinder:
    """A loaded BiRefNet."""

    def __init__(self, directory: Path, device: torch.device) -> None:
        self._side = int(config_of(directory).get("image_size", SIDE))
        self.network = load(directory).to(device).eval()
        self._device = device

    @torch.inference_mode()
    def find(self, image: NDArray[np.uint8]) -> tuple[Mask, float]:
        """The subject's coverage (height, width), and how sure the network is of it, 0 to 1."""
        square = Picture.fromarray(image).resize(
            (self._side, self._side), Picture.Resampling.BILINEAR
        )
        logits = self.network(normalized(np.asarray(square)).to(self._device))
        share = interpolate(logits.float().sigmoid(), image.shape[:2], mode="bilinear")[0, 0]
        inside = share[share >= 0.5]
        coverage = (share * 255).round().to(torch.uint8).cpu().numpy()
        return coverage, float(inside.mean()) if inside.numel() else 0.0


def load(directory: Path) -> BiRefNet:
    """The network with its published weights; ``ValueError`` if they do not fit it."""
    weights: dict[str, Tensor] = {}
    for file in sorted(directory.glob("model*.safetensors")):
        weights |= load_file(file)
    weights = {name: tensor.float() for name, tensor in weights.items() if not _UNUSED.search(name)}
    encoder = {name[3:]: weights.pop(name) for name in list(weights) if name.startswith("bb.")}
    width = encoder["patch_embed.proj.weight"].shape[0]
    network = BiRefNet(_encoder(encoder), width)
    missing, unexpected = network.load_state_dict(weights, strict=False)
    # The encoder has its weights already, and there is no counting while nothing is learned.
    missing = [name for name in missing if not (name.startswith("bb.") or _UNUSED.search(name))]
    if missing or unexpected:
        raise ValueError(f"it is another kind of BiRefNet ({(missing + unexpected)[0]})")
    return network


def _encoder(weights: dict[str, Tensor]) -> Any:
    """Transformers' Swin with these weights; its sizes are those of the weights."""
    stages = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
    blocks = [name.split(".") for name in weights if ".blocks." in name]
    tables = [
        weights[f"layers.{stage}.blocks.0.attn.relative_position_bias_table"]
        for stage in range(stages)
    ]
    swin: Any = transformers.SwinConfig
    config = swin(
        embed_dim=weights["patch_embed.proj.weight"].shape[0],
        depths=[
            1 + max(int(path[3]) for path in blocks if path[1] == str(stage))
            for stage in range(stages)
        ],
        num_heads=[table.shape[1] for table in tables],
        window_size=(math.isqrt(tables[0].shape[0]) + 1) // 2,
        out_features=[f"stage{stage + 1}" for stage in range(stages)],
    )
    model: Any = transformers.SwinBackbone
    network, told = model.from_pretrained(
        None, config=config, state_dict=dict(_renamed(weights)), output_loading_info=True
    )
    # The backbone has a norm at its end that only classifying needs.
    missing = [name for name in told["missing_keys"] if not name.startswith("swin.layernorm.")]
    if missing or told["unexpected_keys"]:
        raise ValueError(f"its encoder is another kind of Swin ({missing or told})")
    return network


def _renamed(weights: dict[str, Tensor]) -> Any:
    for name, tensor in weights.items():
        for pattern, replacement in _NAMES:
            name = re.sub(pattern, replacement, name)
        if ".qkv." in name:
            for part, third in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                yield name.replace(".qkv.", f".{part}."), third
        else:
            yield name, tensor
