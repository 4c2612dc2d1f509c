"""What choosing a preset sets in the docker. Everything it sets can be changed afterwards."""

from __future__ import annotations

from dataclasses import replace

from sfumato_client import Context, Model, Operation, Parameters, Preset
from sfumato_client.wire.parameters_pb2 import MaskedContent

from .settings import MARGINS, Settings

CONTEXTS = {
    Context.MODE_DOUBLE: "double",
    Context.MODE_MARGIN: "margin",
    Context.MODE_WHOLE: "whole",
}
FILL = "fill"
REMOVING = (Operation.OPERATION_UNSPECIFIED, Operation.OPERATION_REMOVE)
BEGINNINGS = {
    "original": MaskedContent.MASKED_CONTENT_ORIGINAL,
    "blur": MaskedContent.MASKED_CONTENT_BLUR,
    "fill": MaskedContent.MASKED_CONTENT_FILL,
    "noise": MaskedContent.MASKED_CONTENT_NOISE,
}


def stated(preset: Preset, model: str) -> Parameters:
    """What a preset sets for a model by its name, or for the daemon's default one."""
    return next((told for told in preset.models if told.model == model), preset.parameters)


def can_remove(preset: Preset, model: str) -> bool:
    """Whether Remove may follow it, as it is not about painting something else.

    A recipe must also be one that this model can run, or fill.
    """
    told = [stated(preset, model)]
    if preset.stages:
        told = [each for each in preset.models if each.model in (model, FILL)]
    return any(each.operation in REMOVING for each in told)


def only_removes(preset: Preset) -> bool:
    """Whether it is a recipe that paints nothing."""
    removes = Operation.OPERATION_REMOVE
    return bool(preset.stages) and all(told.operation == removes for told in preset.models)


def purpose(preset: Preset) -> str:
    """What a preset is for, and the stages of a recipe."""
    stages = ", ".join(stage.name for stage in preset.stages)
    return f"{preset.description}\nStages: {stages}".lstrip() if stages else preset.description


def filled(settings: Settings, preset: Preset, model: Model | None) -> Settings:
    """The settings with everything that the preset sets; what it leaves open is automatic."""
    told = stated(preset, model.name if model is not None else "")
    usual = model.defaults.strength if model is not None else 0.0
    return replace(
        settings,
        preset=preset.name,
        strength=told.strength if told.HasField("strength") else usual or None,
        steps=told.steps if told.HasField("steps") else None,
        guidance=told.guidance if told.HasField("guidance") else None,
        begin_with=_key(BEGINNINGS, told.masked_content),
        grow=round(preset.grow) if preset.HasField("grow") else None,
        feather=round(preset.feather) if preset.HasField("feather") else None,
        context=CONTEXTS.get(told.context.mode, "auto"),
        margin=max(MARGINS[0], told.context.margin) if told.context.margin else settings.margin,
    )


def _key(names: dict[str, int], value: int) -> str:
    return next((name for name, known in names.items() if known == value), "")
