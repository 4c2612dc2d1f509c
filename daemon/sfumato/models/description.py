"""What a model directory holds, read from its JSON files alone: no weights, no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfumato.models.buckets import bucket_grid, buckets
from sfumato.models.errors import UnusableModel
from sfumato.models.families import Family, families
from sfumato.models.weights import checkpoint_sizes, part_sizes, variant_of
from sfumato_client.geometry import Extent


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its name, where it lies, and what it is.

    ``native_side`` is the side, in pixels, of the square it was trained for; ``buckets`` are the
    working sizes it takes. ``text_width`` is the width of its cross attention, 0 without one.
    ``file`` has its weights, or those of its denoiser, if they are not all in the directory.
    """

    name: str
    directory: Path
    family: Family
    native_side: int
    buckets: tuple[Extent, ...]
    text_width: int = 0
    file: Path | None = None

    @property
    def native_area(self) -> int:
        """Pixels it was trained for."""
        return self.native_side**2

    @property
    def variant(self) -> str | None:
        """Which files its weights are read from: ``fp16`` where there are no others, else None."""
        return variant_of(self.directory / self.family.denoiser)

    def part_bytes(self, each: int) -> dict[str, int]:
        """Bytes that its parts take in memory, with so many bytes for each weight."""
        sizes = part_sizes(self.directory, self.variant)
        if self.file is not None:
            sizes |= checkpoint_sizes(self.file, self.family.denoiser)
        return {part: weights * each for part, weights in sizes.items()}


def describe(name: str, directory: Path) -> Model:
    """The model in a directory of the standard diffusers layout.

    Raises ``UnusableModel`` if there is no such layout, if its parts would need pickled weights or
    remote code, or if no family fits.
    """
    index = _read(directory / "model_index.json", "It is no diffusers model directory.")
    family = _family_of(directory, index)
    _refuse_pickle(directory, index)
    side = _native_side(directory, family)
    sizes = buckets(side, bucket_grid(side, family.grid))
    return Model(name, directory, family, side, sizes, _text_width(directory, family))


def _family_of(directory: Path, index: dict[str, Any]) -> Family:
    pipeline = index.get("_class_name", "")
    if isinstance(pipeline, list):
        raise UnusableModel(
            f"{directory} names a pipeline with code of its own, which Sfumato does not run."
        )
    few_steps = bool(index.get("is_distilled"))
    candidates = [
        family
        for family in families().values()
        if pipeline in family.pipelines and family.few_steps == few_steps
    ]
    if not candidates:
        raise UnusableModel(
            f"{directory} holds a {pipeline or 'model of unknown kind'}, which Sfumato cannot run. "
            f"It runs {', '.join(family.title for family in families().values())}."
        )
    config = _read(directory / candidates[0].denoiser / "config.json", "The denoiser is missing.")
    channels = config.get("in_channels")
    width = config.get("cross_attention_dim", 0)
    fitting = [family for family in candidates if family.channels == channels]
    # A family that names its text width is more special than one that does not.
    fitting.sort(key=lambda family: family.text_width, reverse=True)
    for family in fitting:
        if family.text_width in (0, width):
            return family
    raise UnusableModel(
        f"{directory} holds a {pipeline} whose denoiser takes {channels} channels; "
        f"{' or '.join(str(family.channels) for family in candidates)} can be used."
    )


def _refuse_pickle(directory: Path, index: dict[str, Any]) -> None:
    """Weights that are not safetensors could run code when loaded, so they are never loaded."""
    for part, source in index.items():
        folder = directory / part
        if part.startswith("_") or not isinstance(source, list) or not folder.is_dir():
            continue
        pickled = [*folder.glob("*.bin"), *folder.glob("*.ckpt"), *folder.glob("*.pt")]
        if pickled and not any(folder.glob("*.safetensors")):
            raise UnusableModel(
                f"{folder} has its weights as {pickled[0].name} only, a format that can run code "
                "when it is loaded. Use the model's .safetensors files."
            )


def _native_side(directory: Path, family: Family) -> int:
    """The side the configuration tells, in pixels; the family's own where it is silent."""
    denoiser = _read(directory / family.denoiser / "config.json", "The denoiser is missing.")
    latents = denoiser.get("sample_size")
    if isinstance(latents, int):
        return latents * 8
    vae = _read(directory / "vae" / "config.json", "The VAE is missing.")
    pixels = vae.get("sample_size")
    return pixels if isinstance(pixels, int) else family.native_side


def _text_width(directory: Path, family: Family) -> int:
    config = _read(directory / family.denoiser / "config.json", "The denoiser is missing.")
    width = config.get("cross_attention_dim")
    return width if isinstance(width, int) else 0


def _read(path: Path, otherwise: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UnusableModel(f"There is no {path}. {otherwise}") from None
    except (OSError, ValueError) as error:
        raise UnusableModel(f"{path} cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise UnusableModel(f"{path} does not hold a JSON object.")
    return content
