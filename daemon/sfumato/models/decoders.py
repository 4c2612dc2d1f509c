"""Tiny decoders (TAESD and its kin), which show unfinished latents: told by ``config.json``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.guides import config_of, folder_names, refuse_pickle


class DecoderKind(StrEnum):
    """Whose latents a tiny decoder reads, by the names they are published under."""

    TAESDXL = "taesdxl"
    TAESD3 = "taesd3"
    TAEF1 = "taef1"
    TAESD = "taesd"

    @property
    def known_as(self) -> str:
        """What it is, for people."""
        return f"tiny decoder for previews of {_SHOWS[self]}"

    @property
    def families(self) -> tuple[str, ...]:
        """Families that share these latents."""
        return _FAMILIES[self]

    @property
    def channels(self) -> int:
        """Channels of these latents."""
        return 16 if self in (DecoderKind.TAESD3, DecoderKind.TAEF1) else 4


_FAMILIES = {
    DecoderKind.TAESD: ("sd15", "sd15-inpaint", "sd2", "sd2-inpaint"),
    DecoderKind.TAESDXL: ("sdxl", "sdxl-inpaint"),
    DecoderKind.TAESD3: ("sd3",),
    # Z-Image has FLUX.1's VAE.
    DecoderKind.TAEF1: ("flux", "flux-fill", "flux-kontext", "z-image"),
}
_SHOWS = {
    DecoderKind.TAESD: "Stable Diffusion 1.5 and 2",
    DecoderKind.TAESDXL: "Stable Diffusion XL",
    DecoderKind.TAESD3: "Stable Diffusion 3",
    DecoderKind.TAEF1: "FLUX.1 and Z-Image",
}


@dataclass(frozen=True, slots=True)
class TinyDecoder:
    """A tiny decoder by its name, where it lies, and whose latents it reads."""

    name: str
    directory: Path
    kind: DecoderKind


def is_tiny_decoder(config: dict[str, Any]) -> bool:
    """Whether a directory with this configuration holds a tiny autoencoder."""
    return config.get("_class_name") == "AutoencoderTiny"


def describe_tiny_decoder(name: str, directory: Path) -> TinyDecoder:
    """The decoder in a directory; ``UnusableModel`` if it cannot be told whose latents it reads."""
    refuse_pickle(directory)
    channels = config_of(directory).get("latent_channels", 4)
    said = " ".join([name, *folder_names(directory)]).lower()
    kind = next((each for each in DecoderKind if each in said), None)
    if kind is None or kind.channels != channels:
        fitting = " or ".join(each for each in DecoderKind if each.channels == channels)
        raise UnusableModel(
            f"{directory} is a tiny decoder for latents of {channels} channels, but its name does "
            f"not say for whose. "
            + (f"Give it a name that holds {fitting}." if fitting else "Sfumato has none such.")
        )
    return TinyDecoder(name, directory, kind)


def decoder_folder(model: Model, added: Iterable[TinyDecoder]) -> Path | None:
    """Where a tiny decoder for a model lies: in its own directory, or added; None without one."""
    for config in sorted(model.directory.glob("*/config.json")):
        if is_tiny_decoder(config_of(config.parent)):
            refuse_pickle(config.parent)
            return config.parent
    fitting = (each.directory for each in added if model.family.name in each.kind.families)
    return next(fitting, None)
