"""Loading a model's weights: safetensors only, no code but ours and diffusers'."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.utils import logging as diffusers_logging
from safetensors.torch import load_file
from transformers.utils import logging as transformers_logging

from sfumato.models.checkpoints import brings_all
from sfumato.models.clip import END, clip_tokenizer
from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.sight import Sight
from sfumato.models.soundness import ANEW, require_sound, require_sound_part, require_whole
from sfumato.models.weights import UNET, variant_of

# The stock pipeline each family's parts are put into: it reads prompts and holds the parts. The
# denoising loop is our own.
PIPELINES: dict[str, str] = {
    "sd15": "StableDiffusionInpaintPipeline",
    "sd15-inpaint": "StableDiffusionInpaintPipeline",
    "sd2": "StableDiffusionInpaintPipeline",
    "sd2-inpaint": "StableDiffusionInpaintPipeline",
    "sdxl": "StableDiffusionXLInpaintPipeline",
    "sdxl-inpaint": "StableDiffusionXLInpaintPipeline",
    "sd3": "StableDiffusion3InpaintPipeline",
    "flux": "FluxInpaintPipeline",
    "flux-fill": "FluxFillPipeline",
    "flux-kontext": "FluxKontextInpaintPipeline",
    "z-image": "ZImageInpaintPipeline",
    "qwen-image": "QwenImageInpaintPipeline",
    "qwen-image-edit": "QwenImageEditInpaintPipeline",
    "flux2-klein": "Flux2KleinInpaintPipeline",
    "flux2-klein-base": "Flux2KleinInpaintPipeline",
}


_READER = transformers.PreTrainedModel


def device_named(name: str) -> torch.device:
    """A torch device; ``auto`` is the first GPU there is, else the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def default_dtype(device: torch.device) -> torch.dtype:
    """float32 on a CPU, bfloat16 where the GPU has it, else float16."""
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16


def load_pipeline(
    model: Model, device: torch.device, dtype: torch.dtype, checked: bool = True
) -> Any:
    """The model as a stock diffusers pipeline on ``device``.

    A VAE that overflows in float16 (SDXL's says so) stays in float32. A safety checker that comes
    with the model is left out unless ``checked``.
    """
    # Nobody watches bars in a host's log.
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    pipeline_class = getattr(diffusers, PIPELINES[model.family.name])
    left_out = {"processor": None} if model.family.adapter == "qwen-edit" else {}
    if model.family.adapter == "sd" and not checked:
        left_out = {"safety_checker": None}
    pipeline = (_from_file if model.file else _from_directory)(
        pipeline_class, model, dtype, left_out
    )
    if model.family.adapter == "qwen-edit":
        pipeline.processor = Sight.opened(model.directory / "processor", pipeline.tokenizer)
    require_sound(pipeline)
    pipeline.to(device)
    if dtype == torch.float16 and getattr(pipeline.vae.config, "force_upcast", False):
        pipeline.vae.to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load_tiny_decoder(directory: Path, device: torch.device, dtype: torch.dtype) -> Any:
    """The ``AutoencoderTiny`` in a directory, without what encodes; ``UnusableModel``."""
    kind: Any = diffusers.AutoencoderTiny
    network = kind.from_pretrained(
        directory, torch_dtype=dtype, use_safetensors=True, local_files_only=True
    )
    require_sound_part("tiny decoder", network)
    del network.encoder
    return network.eval().to(device)


def _from_directory(kind: Any, model: Model, dtype: torch.dtype, given: Mapping[str, Any]) -> Any:
    """A pipeline from a model's directory, with parts that are ``given`` already."""
    return kind.from_pretrained(
        model.directory,
        dtype=dtype,
        variant=model.variant,
        use_safetensors=True,
        local_files_only=True,
        **_readers(model.directory, dtype),
        **given,
    )


def _from_file(kind: Any, model: Model, dtype: torch.dtype, given: Mapping[str, Any]) -> Any:
    """A pipeline whose weights, or those of its denoiser, lie in a single file."""
    from_file = {"config": str(model.directory), "dtype": dtype, "local_files_only": True}
    assert model.file is not None
    if brings_all(model):
        return kind.from_single_file(str(model.file), **from_file, **_tokenizers(model), **given)
    denoiser = model.family.denoiser
    index = json.loads((model.directory / "model_index.json").read_text("utf-8"))
    # Of these the library takes the names as they are, with any prefix.
    plain = model.family.adapter in ("qwen", "qwen-edit", "flux2")
    network = getattr(diffusers, index[denoiser][1]).from_single_file(
        _without_prefix(model.file) if plain else str(model.file), subfolder=denoiser, **from_file
    )
    return _from_directory(kind, model, dtype, {**given, denoiser: network})


def _without_prefix(file: Path) -> dict[str, torch.Tensor]:
    """The denoiser's weights in a file, by their own names."""
    return {name.removeprefix(UNET): weight for name, weight in load_file(file).items()}


def _tokenizers(model: Model) -> dict[str, Any]:
    """CLIP's, for settings that bring none. The second encoder of SDXL was trained with another."""
    paddings = {"tokenizer": END, "tokenizer_2": "!"}
    parts = ["tokenizer", "tokenizer_2"] if model.family.adapter == "sdxl" else ["tokenizer"]
    missing = [part for part in parts if not (model.directory / part).is_dir()]
    return {part: clip_tokenizer(paddings[part]) for part in missing}


def _readers(directory: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The parts that read prompts; ``UnusableModel`` if any lacks weights.

    A pipeline would load them too, and give them random weights for those that are missing.
    """
    index = json.loads((directory / "model_index.json").read_text("utf-8"))
    readers = {}
    for part, source in index.items():
        kind: Any = _transformers_model(source)
        if kind is not None:
            folder = directory / part
            if not (folder / "config.json").is_file():
                raise UnusableModel(f"There is no {folder / 'config.json'}. {ANEW}")
            readers[part], report = kind.from_pretrained(
                folder,
                dtype=dtype,
                variant=variant_of(folder),
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
            require_whole(part, report["missing_keys"])
    return readers


def _transformers_model(source: Any) -> Any:
    """The class of a part that has weights and comes from transformers, else None.

    ``source`` is what ``model_index.json`` says of it, for parts library and class.
    """
    if not isinstance(source, list) or source[:1] != ["transformers"]:
        return None
    kind = getattr(transformers, source[1], None)
    return kind if isinstance(kind, type) and issubclass(kind, _READER) else None
