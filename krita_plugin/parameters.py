"""From the docker's settings to the wire's parameters."""

from __future__ import annotations

from sfumato_client import Context, Model, Operation, Parameters, Shape, usable

from .presets import BEGINNINGS
from .settings import Settings

CONTEXT_MODES = {
    "auto": Context.MODE_AUTO,
    "double": Context.MODE_DOUBLE,
    "margin": Context.MODE_MARGIN,
    "whole": Context.MODE_WHOLE,
}


def context(settings: Settings) -> Context:
    """How much of the surroundings travels."""
    chosen = Context(mode=CONTEXT_MODES[settings.context])
    if settings.context == "margin":
        chosen.margin = settings.margin
    return chosen


def parameters(
    operation: Operation, settings: Settings, shape: Shape, model: Model | None
) -> Parameters:
    """The parameters of an edit; what its ``model`` (None: fill) has no use for is left out."""
    asked = Parameters(
        operation=operation,
        preset=settings.preset,
        grow=shape.grow,
        feather=shape.feather,
        context=shape.context,
        variations=settings.variations,
        seed=settings.seed,
        strength=settings.strength,
        steps=settings.steps,
        guidance=settings.guidance,
        masked_content=BEGINNINGS.get(settings.begin_with),
    )
    if operation != Operation.OPERATION_REMOVE:
        asked.prompt = settings.prompt.strip()
        asked.enhance_prompt = settings.enhance
        asked.model = settings.model
    if model is not None:
        asked.model = model.name
    if asked.prompt:
        asked.negative_prompt = settings.negative_prompt.strip()
    return usable(asked, model)
