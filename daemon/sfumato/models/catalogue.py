"""Recommended models: where they come from, under which licence, and what they need."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sfumato.models.families import Family, families


@dataclass(frozen=True, slots=True)
class Recommended:
    """A model one can get. ``variant`` names a precision of its weights, or is empty."""

    name: str
    family: Family
    repository: str
    variant: str
    license: str
    license_url: str
    gated: bool
    download_bytes: int
    note: str

    @property
    def page(self) -> str:
        """Where a person reads about it and accepts its licence."""
        return f"https://huggingface.co/{self.repository}"


@cache
def recommended() -> dict[str, Recommended]:
    """The catalogue by name, the smallest model first."""
    text = resources.files(__package__).joinpath("catalogue.toml").read_text("utf-8")
    return {
        name: Recommended(
            name=name,
            family=families()[table["family"]],
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
    """The most demanding model that fits into so many bytes of device memory, else the smallest."""
    models = list(recommended().values())
    fitting = [model for model in models if model.family.vram_bytes <= available]
    return max(fitting or models[:1], key=lambda model: model.family.vram_bytes)
