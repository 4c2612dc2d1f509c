"""The families of models: what each takes and its good defaults, from ``families.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sfumato.engines.parameters import Operation, Scheduler


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models that share architecture and adapter.

    ``grid`` and ``native_side`` are pixels; ``channels`` are the denoiser's input channels and
    ``text_width`` its cross-attention width (0: any). ``lineage`` is whose LoRAs fit, or empty.
    """

    name: str
    title: str
    adapter: str
    pipelines: tuple[str, ...]
    denoiser: str
    channels: int
    text_width: int
    few_steps: bool
    grid: int
    native_side: int
    schedulers: tuple[Scheduler, ...]
    scheduler: Scheduler
    steps: int
    guidance_scale: float
    guidance_max: float
    distilled: bool
    lineage: str
    instructs: bool
    strength: float
    vram_bytes: int

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What its models can do."""
        other = Operation.INSTRUCT if self.instructs else Operation.REMOVE
        return (other, Operation.GENERATE)

    @property
    def sees_mask(self) -> bool:
        """Whether its models are told what to fill, as inpainting models are."""
        return self.name.endswith(("-inpaint", "-fill"))


@cache
def families() -> dict[str, Family]:
    """All families by name."""
    text = resources.files(__package__).joinpath("families.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    kinds = tables.pop("defaults")
    return {name: _family(name, kinds[table["kind"]] | table) for name, table in tables.items()}


def _family(name: str, table: dict[str, Any]) -> Family:
    return Family(
        name=name,
        title=table["title"],
        adapter=table["adapter"],
        pipelines=tuple(table["pipelines"]),
        denoiser=table["denoiser"],
        channels=table["channels"],
        text_width=table.get("text_width", 0),
        few_steps=table.get("few_steps", False),
        grid=table["grid"],
        native_side=table["native_side"],
        schedulers=tuple(Scheduler(value) for value in table["schedulers"]),
        scheduler=Scheduler(table["scheduler"]),
        steps=table["steps"],
        guidance_scale=table["guidance_scale"],
        guidance_max=table["guidance_max"],
        distilled=table["guidance"] == "distilled",
        lineage=table.get("lineage", ""),
        instructs=table.get("instructs", False),
        strength=table.get("strength", 1.0),
        vram_bytes=table["vram_gb"] * 1024**3,
    )
