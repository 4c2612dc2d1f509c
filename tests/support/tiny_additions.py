"""What goes with the tiny models: LoRAs, ControlNets, IP-Adapters, with random weights."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model_state_dict

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
        _cached(
            f"lora-{family}-{seed}-{text}-{name}", lambda to: _lora(family, seed, text, to, file)
        )
        / file
    )


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


def _cached(name: str, build: Callable[[Path], None]) -> Path:
    """A directory that ``build`` has filled, made once and kept like the tiny models."""
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    directory = tiny_model("sd15").parent / f"{name}-{digest}"
    if not directory.exists():
        half_built = Path(tempfile.mkdtemp(prefix="half-", dir=directory.parent))
        build(half_built)
        try:
            half_built.rename(directory)
        except OSError:  # another test process was faster
            shutil.rmtree(half_built)
    return directory
