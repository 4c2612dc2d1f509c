"""What choosing a preset sets in the dialog. Everything it sets can be changed afterwards."""

from __future__ import annotations

from sfumato_client import Context, Parameters, Preset
from sfumato_client.wire.parameters_pb2 import MaskedContent

from .arguments import AUTOMATIC, CONTEXT, MASKED_CONTENT

CONTEXTS = {
    Context.MODE_DOUBLE: "double",
    Context.MODE_MARGIN: "margin",
    Context.MODE_WHOLE: "whole",
}
BEGINNINGS = {
    MaskedContent.MASKED_CONTENT_ORIGINAL: "original",
    MaskedContent.MASKED_CONTENT_BLUR: "blur",
    MaskedContent.MASKED_CONTENT_FILL: "fill",
    MaskedContent.MASKED_CONTENT_NOISE: "noise",
}
# Fractions travel with 24 bits; beyond these digits there is only noise.
DIGITS = 4


def stated(preset: Preset, model: str) -> Parameters:
    """What a preset sets for a model by its name, or for the daemon's default one."""
    return next((told for told in preset.models if told.model == model), preset.parameters)


def filled(preset: Preset | None, model: str) -> dict[str, float | str]:
    """The values of the arguments that presets set; what this one leaves open is automatic."""
    told = stated(preset, model) if preset is not None else Parameters()
    values: dict[str, float | str] = {
        "strength": round(told.strength, DIGITS) if told.HasField("strength") else AUTOMATIC,
        "steps": told.steps if told.HasField("steps") else AUTOMATIC,
        "guidance": round(told.guidance, DIGITS) if told.HasField("guidance") else AUTOMATIC,
        "masked-content": BEGINNINGS.get(told.masked_content, MASKED_CONTENT.default),
        "context": CONTEXTS.get(told.context.mode, CONTEXT.default),
    }
    for name in ("grow", "feather"):
        given = preset is not None and preset.HasField(name)
        values[name] = round(getattr(preset, name), DIGITS) if given else AUTOMATIC
    if told.context.margin:
        values["margin"] = told.context.margin
    return values
