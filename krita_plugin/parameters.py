"""From the docker's settings to the wire's parameters."""

from __future__ import annotations

from sfumato_client import Context, Operation, Parameters

from .settings import Settings

CONTEXT_MODES = {
    "auto": Context.MODE_AUTO,
    "margin": Context.MODE_MARGIN,
    "whole": Context.MODE_WHOLE,
}


def context(settings: Settings) -> Context:
    """How much of the surroundings travels."""
    chosen = Context(mode=CONTEXT_MODES[settings.context])
    if settings.context == "margin":
        chosen.margin = settings.margin
    return chosen


def parameters(operation: Operation, settings: Settings, grow: float, feather: float) -> Parameters:
    """The parameters of an edit; what a removal has no use for is left out."""
    chosen = Parameters(
        operation=operation,
        grow=grow,
        feather=feather,
        context=context(settings),
        variations=settings.variations,
    )
    if settings.seed is not None:
        chosen.seed = settings.seed
    if operation == Operation.OPERATION_REMOVE:
        return chosen
    chosen.prompt = settings.prompt.strip()
    chosen.negative_prompt = settings.negative_prompt.strip()
    chosen.preset = settings.preset
    chosen.model = settings.model
    if settings.strength is not None:
        chosen.strength = settings.strength
    if settings.steps is not None:
        chosen.steps = settings.steps
    if settings.guidance is not None:
        chosen.guidance = settings.guidance
    return chosen
