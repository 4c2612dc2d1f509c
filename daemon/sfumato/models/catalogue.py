"""Recommended models: where they come from, under which licence, and what they need."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sfumato.models.decoders import DecoderKind
from sfumato.models.families import Family, families
from sfumato.models.selectors import SelectorKind


@dataclass(frozen=True, slots=True)
class Recommended:
    """A model one can get. ``variant`` names a precision of its weights, or is empty.

    ``kind`` is the family of one that paints, or what one is that selects or shows previews.
    """

    name: str
    kind: Family | SelectorKind | DecoderKind
    vram_bytes: int
    repository: str
    variant: str
    license: str
    license_url: str
    gated: bool
    download_bytes: int
    note: str

    @property
    def title(self) -> str:
        """What it is, for people."""
        return self.kind.title if isinstance(self.kind, Family) else self.kind.known_as

    @property
    def page(self) -> str:
        """Where a person reads about it and accepts its licence."""
        return f"https://huggingface.co/{self.repository}"


@cache
def recommended() -> dict[str, Recommended]:
    """The catalogue by name: models that paint, the smallest first, then what goes with them."""
    text = resources.files(__package__).joinpath("catalogue.toml").read_text("utf-8")
    return {
        name: Recommended(
            name=name,
            **_kind(table),
            repository=table["repository"],
            variant=table["variant"],
            license=table["license"],
            license_url=table["license_url"],
            gated=table["gated"],
            download_bytes=round(table["gigabytes"] * 1e9),
            note=table["note"],
        )
        for name, table in tomllib.loads(text).items()
    }


def for_memory(available: int) -> Recommended:
    """The model for so many bytes of device memory: the most demanding painter that fits.

    Only those that are told what to fill are considered, as this is what most edits ask for. The
    smallest where none fits.
    """
    offers = recommended().values()
    able = [one for one in offers if isinstance(one.kind, Family) and one.kind.sees_mask]
    fitting = [model for model in able if model.vram_bytes <= available]
    return max(fitting or able[:1], key=lambda model: model.vram_bytes)


def _kind(table: dict[str, Any]) -> dict[str, Any]:
    if "family" not in table:
        shows = "shows" in table
        return {
            "kind": DecoderKind(table["shows"]) if shows else SelectorKind(table["selects"]),
            "vram_bytes": round(table["vram_gigabytes"] * 2**30),
        }
    family = families()[table["family"]]
    return {"kind": family, "vram_bytes": family.vram_bytes}
