"""How many weights each part of a model has, read from the headers of its files: no torch."""

from __future__ import annotations

import math
import re
from pathlib import Path

from sfumato.models.header import read_header

# The names that are loaded, whole or in shards; others lie there for other programs.
_LOADED = re.compile(
    r"(diffusion_pytorch_model|model)(?P<variant>\.fp16)?(-\d+-of-\d+)?\.safetensors"
)

# How names begin in files that hold a whole model, by the part that they belong to.
UNET = "model.diffusion_model."
VAE = ("first_stage_model.", "vae.")
TEXT = ("cond_stage_model.", "conditioner.", "text_encoders.")


def variant_of(folder: Path) -> str | None:
    """``fp16`` where a part's weights lie in that precision only, else None."""
    names = [file.name for file in folder.glob("*.safetensors")]
    return "fp16" if names and all(".fp16" in name for name in names) else None


def part_sizes(directory: Path, variant: str | None) -> dict[str, int]:
    """The number of weights by part, for those parts of a model directory that have any.

    ``variant`` is the one that is loaded; files of another are not counted. ``UnusableModel`` if a
    file is no safetensors file.
    """
    folders = sorted(folder for folder in directory.iterdir() if folder.is_dir())
    counted = {folder.name: weights_in(folder, variant) for folder in folders}
    return {part: weights for part, weights in counted.items() if weights}


def checkpoint_sizes(file: Path, denoiser: str) -> dict[str, int]:
    """The number of weights by part in a single file; what reads prompts counts as one part.

    ``denoiser`` is that part's name. ``UnusableModel`` if it is no safetensors file.
    """
    sizes: dict[str, int] = {}
    for name, shape in read_header(file).shapes.items():
        reads = name.startswith(TEXT)
        part = "vae" if name.startswith(VAE) else "text_encoder" if reads else denoiser
        sizes[part] = sizes.get(part, 0) + math.prod(shape)
    return sizes


def weights_in(folder: Path, variant: str | None) -> int:
    """The number of weights in one folder, of the files that are loaded."""
    found = [(file, _LOADED.fullmatch(file.name)) for file in folder.glob("*.safetensors")]
    plain = [file for file, match in found if match and not match["variant"]]
    varied = [file for file, match in found if match and match["variant"]]
    files = varied if varied and (variant or not plain) else plain
    shapes = [shape for file in files for shape in read_header(file).shapes.values()]
    return sum(math.prod(shape) for shape in shapes)
