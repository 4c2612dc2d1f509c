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
    """Whether Remove may follow it, as it is not about painting something else."""
    operation = stated(preset, model).operation
    return operation in (Operation.OPERATION_UNSPECIFIED, Operation.OPERATION_REMOVE)


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
