"""What this daemon has by its settings: the engines' hosts and the models they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sfumato.engines.base import EngineSpec
from sfumato.engines.parameters import Gray, Operation
from sfumato.models.description import describe
from sfumato.models.presets import presets
from sfumato.service.catalogue import FILL, Catalogue, Defaults, ModelCard

_FILL_SPEC = EngineSpec(
    name=FILL.engine,
    factory="sfumato.engines.fill.engine:FillEngine",
    interruptible=False,
    prespawn=True,
)
_DIFFUSION = "diffusion"
_BATCH = 16
"""Edits that share the diffusion engine's steps at once; its batcher says how many of them."""


def engine_specs(
    models: Mapping[str, Path], device: str, idle_seconds: float, safety_checker: bool = True
) -> list[EngineSpec]:
    """One host for each engine: fill always, diffusion where there are models for it."""
    specs = [replace(_FILL_SPEC, idle_seconds=idle_seconds)]
    if models:
        specs.append(
            EngineSpec(
                name=_DIFFUSION,
                factory="sfumato.engines.diffusion.engine:DiffusionEngine",
                device=device,
                options=(
                    ("safety_checker", "on" if safety_checker else "off"),
                    *((f"model:{name}", str(folder)) for name, folder in models.items()),
                ),
                capacity=_BATCH,
                idle_seconds=idle_seconds,
                operations=tuple(Operation),
                gray=(Gray.BLEND, Gray.PARTIAL),
            )
        )
    return specs


def catalogue(models: Mapping[str, Path], own_presets: Path) -> Catalogue:
    """Fill, these models, of which the first is the default, and the presets, shipped and own.

    ``UnusableModel`` or ``PresetError`` for a bad one.
    """
    cards = [FILL, *(_card(name, folder) for name, folder in models.items())]
    return Catalogue(
        models={card.name: card for card in cards},
        presets=presets(own_presets),
        default=next(iter(models), ""),
    )


def _card(name: str, folder: Path) -> ModelCard:
    model = describe(name, folder)
    family = model.family
    return ModelCard(
        name=name,
        title=family.title,
        engine=_DIFFUSION,
        family=family.name,
        native_area=model.native_area,
        buckets=model.buckets,
        operations=family.operations,
        gray=(Gray.BLEND, Gray.PARTIAL),
        sampled=True,
        schedulers=family.schedulers,
        negative_prompt=not family.distilled,
        strength=True,
        defaults=Defaults(
            steps=family.steps,
            guidance=family.guidance_scale,
            guidance_max=family.guidance_max,
            strength=family.strength,
            scheduler=family.scheduler,
        ),
        vram_bytes=family.vram_bytes,
    )
