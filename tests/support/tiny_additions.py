"""What goes with the tiny models: LoRAs, ControlNets, IP-Adapters, with random weights."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from types import FunctionType
from typing import Any

import diffusers
import torch
import transformers
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

from sfumato.models.description import describe
from sfumato.models.loading import load_pipeline
from tests.support.tiny_models import tiny_model


def pipeline(family: str) -> Any:
    """A tiny model as the stock pipeline, freshly loaded: a test may do with it what it likes."""
    model = describe(family, tiny_model(family))
    return load_pipeline(model, torch.device("cpu"), torch.float32)


def tiny_lora(family: str, seed: int = 1, name: str = "", text: bool = True) -> Path:
    """A LoRA's file; ``text`` says whether it also has a part for the text encoder."""
    file = f"{name or f'lora-{family}-{seed}-{text}'}.safetensors"
    return (
        cached(
            f"lora-{family}-{seed}-{text}-{name}", lambda to: _lora(family, seed, text, to, file)
        )
        / file
    )


def tiny_control_net(family: str, kind: str = "canny") -> Path:
    """A ControlNet's directory, for the UNets of ``sd15`` or ``sdxl``."""
    return cached(f"control-{family}-{kind}", lambda to: _control_net(family, kind, to))


def tiny_ip_adapter(family: str) -> Path:
    """An IP-Adapter's file for ``sd15`` or ``sdxl``, with its image encoder beside it."""
    return (
        cached(f"ip-adapter-{family}", lambda to: _ip_adapter(family, to))
        / "ip_adapter.safetensors"
    )


def tiny_decoder(name: str = "taesd", channels: int = 4) -> Path:
    """A tiny decoder's directory, whose name says whose latents it reads."""
    return cached(f"{name}-{channels}", lambda to: _tiny_decoder(channels, to))


def tiny_depth_estimator() -> Path:
    """The directory of an estimator of depth."""
    return cached("depth-estimator", _depth_estimator)


def _control_net(family: str, kind: str, directory: Path) -> None:
    torch.manual_seed(len(kind))
    embedding = (4, 4, 8, 16)
    network = diffusers.ControlNetModel.from_unet(
        pipeline(family).unet, conditioning_embedding_out_channels=embedding
    )
    for parameter in network.parameters():  # it begins with zeros, which would guide nothing
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.5)
    network.save_pretrained(directory, safe_serialization=True)


def _ip_adapter(family: str, directory: Path) -> None:
    unet = pipeline(family).unet
    width, seen = unet.config.cross_attention_dim, 24
    torch.manual_seed(7)
    vision = transformers.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
        projection_dim=seen,
    )
    transformers.CLIPVisionModelWithProjection(vision).save_pretrained(directory / "image_encoder")
    weights = {
        "image_proj.proj.weight": torch.randn(4 * width, seen),
        "image_proj.proj.bias": torch.randn(4 * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    attentions = [m for name, m in unet.named_modules() if name.endswith("attn2")]
    for number, attention in enumerate(attentions):
        inner = attention.to_k.out_features
        for half in "kv":
            weights[f"ip_adapter.{2 * number + 1}.to_{half}_ip.weight"] = torch.randn(inner, width)
    save_file(weights, directory / "ip_adapter.safetensors")


def _tiny_decoder(channels: int, directory: Path) -> None:
    torch.manual_seed(5)
    diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
        latent_channels=channels,
    ).save_pretrained(directory, safe_serialization=True)


def _depth_estimator(directory: Path) -> None:
    torch.manual_seed(3)
    backbone = transformers.Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=8,
    )
    transformers.DepthAnythingForDepthEstimation(config).save_pretrained(directory)
    size = {"height": 28, "width": 28}
    transformers.DPTImageProcessor(size=size, ensure_multiple_of=14).save_pretrained(directory)


def _lora(family: str, seed: int, text: bool, directory: Path, file: str) -> None:
    stock = pipeline(family)
    torch.manual_seed(seed)
    kind = "unet" if hasattr(stock, "unet") else "transformer"
    layers = {f"{kind}_lora_layers": _trained(getattr(stock, kind), ["to_q", "to_v", "to_out.0"])}
    if text:
        layers["text_encoder_lora_layers"] = _trained(stock.text_encoder, ["q_proj", "v_proj"])
    stock.save_lora_weights(directory, weight_name=file, safe_serialization=True, **layers)


def _trained(network: Any, targets: list[str]) -> dict[str, torch.Tensor]:
    """As if it had been trained: both halves of every pair have weights."""
    config = LoraConfig(r=2, lora_alpha=2, target_modules=targets, init_lora_weights=False)
    network.add_adapter(config)
    state: dict[str, torch.Tensor] = get_peft_model_state_dict(network)
    return {name: 2 * tensor for name, tensor in state.items()}


def cached(name: str, build: FunctionType) -> Path:
    """A directory that ``build`` has filled, made once and kept like the tiny models."""
    source = Path(build.__code__.co_filename)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    directory = tiny_model("sd15").parent / f"{name}-{digest}"
    if not directory.exists():
        half_built = Path(tempfile.mkdtemp(prefix="half-", dir=directory.parent))
        build(half_built)
        try:
            half_built.rename(directory)
        except OSError:  # another test process was faster
            shutil.rmtree(half_built)
    return directory
