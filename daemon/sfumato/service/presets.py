"""Presets at the edge: what one sets for the model, filled in where the client said nothing.

How far M reaches and how much of the surroundings travels is settled when an edit arrives, as its
windows were cut for it. A preset's grow, feather and context are therefore listed for clients to
apply, and the rest is filled in here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sfumato.engines.parameters import Gray, Operation, Parameters
from sfumato.models.presets import Preset, Values
from sfumato.service.catalogue import Catalogue, ModelCard
from sfumato.service.parameters import wire_context
from sfumato.service.status import not_found
from sfumato.service.vocabulary import MASKED_CONTENT, OPERATIONS, SCHEDULERS
from sfumato_client.wire import models_pb2
from sfumato_client.wire import parameters_pb2 as pb

_SAMPLING = {"steps", "guidance", "scheduler"}


def usual_operation(name: str, model: str, catalogue: Catalogue) -> Operation | None:
    """What a preset does unless the client says otherwise; None without one, or by the prompt.

    ``model`` is the one asked for, or empty. ``Refusal`` for an unknown preset.
    """
    if not name:
        return None
    if name not in catalogue.presets:
        raise not_found(
            "PRESET_UNKNOWN",
            f"There is no preset {name!r}. Known: {', '.join(catalogue.presets) or 'none'}; "
            f"recipes: {', '.join(catalogue.recipes) or 'none'}.",
            "parameters.preset",
        )
    card = catalogue.models.get(model or catalogue.default)
    return catalogue.presets[name].for_family(card.family if card else "").operation


def filled(
    parameters: Parameters, preset: Preset, card: ModelCard, few_steps: bool = False
) -> Parameters:
    """The parameters with the preset's values where they have none, as far as the model has use.

    With a LoRA for ``few_steps`` that one knows better how it is sampled.
    """
    values = _usable(preset.for_family(card.family), card)
    chosen = {
        name: value
        for name in ("strength", "steps", "guidance", "scheduler", "masked_content")
        if getattr(parameters, name) is None and (value := getattr(values, name)) is not None
    }
    if few_steps:
        chosen = {name: chosen[name] for name in chosen.keys() - _SAMPLING}
    if parameters.gray is Gray.PARTIAL:
        chosen.pop("masked_content", None)  # By degrees begins from the picture itself.
    return replace(parameters, **chosen)


def listed(preset: Preset, catalogue: Catalogue) -> models_pb2.Preset:
    """A preset as clients choose it, with what it sets for every model that can do it."""
    cards = [card for card in catalogue.models.values() if _can(card, preset)]
    default = catalogue.models.get(catalogue.default)
    shown = default if default in cards else next(iter(cards), None)
    return models_pb2.Preset(
        name=preset.name,
        title=preset.title,
        description=preset.description,
        parameters=_stated(preset, shown),
        models=[_stated(preset, card) for card in cards],
        grow=preset.grow,
        feather=preset.feather,
        own=preset.own,
    )


def _can(card: ModelCard, preset: Preset) -> bool:
    operation = preset.for_family(card.family).operation
    return operation is None or operation in card.operations


def _stated(preset: Preset, card: ModelCard | None) -> pb.Parameters:
    values = preset.for_family(card.family if card else "")
    if card is not None:
        values = _usable(values, card)
    return pb.Parameters(
        operation=OPERATIONS.wire(values.operation),
        model=card.name if card else "",
        strength=values.strength,
        steps=values.steps,
        guidance=values.guidance,
        scheduler=SCHEDULERS.wire(values.scheduler),
        masked_content=MASKED_CONTENT.wire(values.masked_content),
        grow=values.grow or 0.0,
        feather=values.feather or 0.0,
        context=wire_context(values.context) if values.context is not None else None,
        preset=preset.name,
    )


def _usable(values: Values, card: ModelCard) -> Values:
    """What of a preset's values this model has use for, in its own steps and guidance."""
    unused = dict.fromkeys(_unused(values, card))
    steps, guidance = values.steps, values.guidance
    defaults = card.defaults
    if values.steps_factor is not None:
        steps = max(1, min(150, round(defaults.steps * values.steps_factor)))
    # At 1 and below guidance is off, and stays so.
    if values.guidance_factor is not None and defaults.guidance > 1:
        guidance = min(defaults.guidance * values.guidance_factor, defaults.guidance_max)
    told = {"steps": steps, "guidance": guidance, "steps_factor": None, "guidance_factor": None}
    return values.model_copy(update=told | unused)


def _unused(values: Values, card: ModelCard) -> Iterator[str]:
    if not card.sampled:
        yield from ("steps", "guidance", "masked_content")
    if not card.strength:
        yield "strength"
    if values.scheduler not in card.schedulers:
        yield "scheduler"
