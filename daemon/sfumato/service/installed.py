"""What this daemon has by its settings: the engines' hosts and the models they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sfumato.engines.base import EngineSpec
from sfumato.engines.parameters import ControlKind, Gray, Operation
from sfumato.models.description import Model
from sfumato.models.guides import ControlNet, DepthEstimator, IpAdapter
from sfumato.models.library import MODEL_OPTION, Library
from sfumato.models.lora import LoraFile
from sfumato.models.presets import PresetError, presets
from sfumato.models.recipes import recipes
from sfumato.models.selectors import Selector
from sfumato.service import segmenters
from sfumato.service.catalogue import FILL, Catalogue, Defaults, LoraCard, ModelCard

_FILL_SPEC = EngineSpec(
    name=FILL.engine,
    factory="sfumato.engines.fill.engine:FillEngine",
    interruptible=False,
    prespawn=True,
)
_SEGMENT_SPEC = EngineSpec(
    name=segmenters.ENGINE,
    factory="sfumato.engines.segment.engine:SegmentEngine",
    interruptible=False,
    operations=(),
    gray=(),
)
_NETWORKS_SPEC = EngineSpec(
    name=segmenters.NETWORKS,
    factory="sfumato.engines.segment.networks:NetworkEngine",
    operations=(),
    gray=(),
)
_DIFFUSION = "diffusion"
_BATCH = 16
"""Edits that share the diffusion engine's steps at once; its batcher says how many of them."""


def engine_specs(
    models: Mapping[str, Path],
    devices: Sequence[str],
    idle_seconds: float,
    *,
    safety_checker: bool = True,
    compiled: bool = False,
    model_memory: int = 0,
) -> list[EngineSpec]:
    """One host for each engine: what needs no weights always, the others where there are models.

    Diffusion has one on each of the ``devices``, networks that select are on the first.
    ``model_memory`` is how many bytes of the device models may take; 0: what suits the device.
    """
    specs = [
        replace(_FILL_SPEC, idle_seconds=idle_seconds),
        replace(_SEGMENT_SPEC, idle_seconds=idle_seconds),
    ]
    # Both know all models, as they share the device's memory.
    known = (
        ("memory", str(model_memory)),
        *((f"{MODEL_OPTION}{name}", str(folder)) for name, folder in models.items()),
    )
    selectors = Library(models).usable(Selector)
    if selectors:
        specs.append(
            replace(_NETWORKS_SPEC, device=devices[0], options=known, idle_seconds=idle_seconds)
        )
    if models.keys() - selectors.keys():
        specs += [
            EngineSpec(
                name=_DIFFUSION,
                factory="sfumato.engines.diffusion.engine:DiffusionEngine",
                device=device,
                options=(
                    ("safety_checker", "on" if safety_checker else "off"),
                    ("compile", "on" if compiled else "off"),
                    *known,
                ),
                capacity=_BATCH,
                idle_seconds=idle_seconds,
                operations=tuple(Operation),
                gray=(Gray.BLEND, Gray.PARTIAL),
            )
            for device in devices
        ]
    return specs


def catalogue(paths: Mapping[str, Path], own_presets: Path, own_recipes: Path) -> Catalogue:
    """Fill, what lies at these paths, and the presets and recipes, shipped and own.

    The first model is the default. ``PresetError`` for a bad preset or recipe, and for two of one
    name.
    """
    library = Library(paths)
    models = library.usable(Model)
    cards = [FILL, *(_card(model, library) for model in models.values())]
    intentions, courses = presets(own_presets), recipes(own_recipes)
    for name in intentions.keys() & courses.keys():
        raise PresetError(
            f"There is a preset {name} and a recipe {name}: rename {own_recipes / name}.toml, or "
            "the preset."
        )
    return Catalogue(
        models={card.name: card for card in cards},
        presets=intentions,
        recipes=courses,
        loras={name: _lora(lora, models) for name, lora in library.usable(LoraFile).items()},
        default=next(iter(models), ""),
        segmenters=segmenters.segmenters(library.usable(Selector).values()),
        unusable=library.unusable(),
    )


def _lora(lora: LoraFile, models: Mapping[str, Model]) -> LoraCard:
    return LoraCard(
        name=lora.name,
        family=lora.fit.family(models.values()),
        models=frozenset(name for name, model in models.items() if model in lora.fit),
        weight=lora.weight,
        few_steps=lora.few_steps is not None,
    )


def _card(model: Model, library: Library) -> ModelCard:
    family = model.family
    networks = library.usable(ControlNet).values()
    estimators = library.usable(DepthEstimator)
    return ModelCard(
        name=model.name,
        title=family.title,
        engine=_DIFFUSION,
        family=family.name,
        native_area=model.native_area,
        buckets=model.buckets,
        operations=family.operations,
        gray=(Gray.BLEND, Gray.PARTIAL),
        sampled=True,
        schedulers=family.schedulers,
        controls=tuple(dict.fromkeys(net.kind for net in networks if model in net.fit)),
        control_images=frozenset(
            {ControlKind.CANNY, ControlKind.DEPTH} if estimators else {ControlKind.CANNY}
        ),
        references=any(model in adapter.fit for adapter in library.usable(IpAdapter).values()),
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
