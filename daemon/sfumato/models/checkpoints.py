"""Models in a single safetensors file, as they are shared among artists: told by their headers.

Such a file brings weights and no settings. Those of Stable Diffusion 1.5 and XL are shipped, and a
directory in the diffusers layout beside the file, of the same name, goes before them. Files that
hold the denoiser alone, as FLUX's do, need that directory: it also has all the other parts. So do
those of Stable Diffusion 3, whatever else they hold.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from sfumato.models.description import Model, describe
from sfumato.models.errors import UnusableModel
from sfumato.models.header import Header, read_header
from sfumato.models.weights import TEXT, UNET, VAE

_FIRST = UNET + "input_blocks.0.0.weight"
_READS_TEXT = "attn2.to_k.weight"
# The widths of the text that a UNet attends to, and whose they are.
_FAMILIES = {768: "sd15", 2048: "sdxl"}
# Names in transformers' files, with or without the UNet's prefix.
_TRANSFORMERS = ("double_blocks.", "joint_blocks.", "transformer_blocks.", "noise_refiner.")
# Names of what quantized files keep beside their weights, which are nothing without it.
_SCALES = ("scale_weight", "weight_scale", "scaled_fp8", "comfy_quant", "absmax", "qweight")
# Families whose files may hold everything; of others only the denoiser is read from them.
_WHOLE = ("sd15", "sd15-inpaint", "sd2", "sd2-inpaint", "sdxl", "sdxl-inpaint")
# Names that say that a network predicts something else than the shipped settings assume.
_OTHERWISE = ("v_pred", "edm_mean", "edm_std")


def is_checkpoint(header: Header) -> bool:
    """Whether a file holds a model or its denoiser."""
    return any(name.startswith((UNET, *_TRANSFORMERS)) for name in header.shapes)


def describe_checkpoint(name: str, file: Path) -> Model:
    """The model in a file; raises ``UnusableModel`` if Sfumato cannot use it."""
    header = read_header(file)
    _refuse_scaled(file, header)
    beside = file.with_suffix("")
    if (beside / "model_index.json").is_file():
        return replace(describe(name, beside), file=file)
    settings = resources.files(__package__).joinpath("settings", _family(file, header))
    return replace(describe(name, Path(str(settings))), file=file)


def brings_all(model: Model) -> bool:
    """Whether all parts of a model are read from its file, not the denoiser alone."""
    return (
        model.file is not None
        and model.family.name in _WHOLE
        and _is_whole(read_header(model.file))
    )


def _refuse_scaled(file: Path, header: Header) -> None:
    """Weights that have to be multiplied first would be loaded as they lie there, and be wrong."""
    scale = next((name for name in header.shapes if name.endswith(_SCALES)), None)
    if scale is not None:
        raise UnusableModel(
            f"{file} is quantized with scales ({scale}), which Sfumato does not apply. Get the "
            "same model in bf16, fp16 or plain fp8, without scales."
        )


def _is_whole(header: Header) -> bool:
    """Whether a file holds all parts of a model, not the denoiser alone."""
    return all(
        any(name.startswith(prefix) for name in header.shapes) for prefix in (UNET, VAE, TEXT)
    )


def _family(file: Path, header: Header) -> str:
    """The family whose settings fit a file that has none beside it."""
    directory = file.with_suffix("")
    beside = f"Lay a directory in the diffusers layout beside it, {directory}, with its"
    if not _is_whole(header):
        raise UnusableModel(
            f"{file} holds a network without all that belongs to it. {beside} other parts "
            "(text encoders, tokenizers, VAE) and the settings of all."
        )
    width = next(
        (shape[1] for name, shape in header.shapes.items() if name.endswith(_READS_TEXT)), 0
    )
    channels = header.shapes.get(_FIRST, (0, 0))[1]
    if width not in _FAMILIES or channels not in (4, 9):
        raise UnusableModel(
            f"{file} holds a model of a kind whose settings Sfumato does not bring; it brings "
            f"those of Stable Diffusion 1.5 and XL and their inpainting models. {beside} settings."
        )
    if any(name in header.shapes for name in _OTHERWISE):
        raise UnusableModel(
            f"{file} predicts otherwise than others of its kind do (v-prediction). {beside} "
            "settings."
        )
    return _FAMILIES[width] + ("-inpaint" if channels == 9 else "")
