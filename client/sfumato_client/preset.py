"""What of a preset is the client's to apply: how soft an edit is and how much travels with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sfumato_client.selection import Selection, softness
from sfumato_client.wire.models_pb2 import ListModelsResponse, Preset
from sfumato_client.wire.parameters_pb2 import Context


class Shape(NamedTuple):
    """How far M reaches beyond S and how much of the surroundings travels; pixels."""

    grow: float
    feather: float
    context: Context


def shape(
    selection: Selection,
    preset: Preset | None = None,
    *,
    grow: float | None = None,
    feather: float | None = None,
    context: Context | None = None,
) -> Shape:
    """Return what was asked for, else what the preset says, else what suits the selection.

    A ``context`` whose mode is automatic counts as not asked for.
    """
    usual = softness(selection)
    told = preset if preset is not None else Preset()
    if grow is None:
        grow = told.grow if told.HasField("grow") else usual.grow
    if feather is None:
        feather = told.feather if told.HasField("feather") else usual.feather
    if context is None or context.mode in (Context.MODE_UNSPECIFIED, Context.MODE_AUTO):
        context = told.parameters.context
    return Shape(grow, feather, context)


def preset_title(preset: Preset) -> str:
    """Return a preset's name for people, that of a recipe with its stages: "Replace (3 stages)"."""
    title = preset.title or preset.name
    count = len(preset.stages)
    return f"{title} ({count} stage{'s' if count > 1 else ''})" if count else title


def can_be_used(preset: Preset) -> bool:
    """Return whether the daemon has a model that can follow it."""
    return bool(preset.models)


def recipe_title(presets: Iterable[Preset], name: str) -> str:
    """Return the title of the recipe of that name; empty for a preset of one pass, and for none."""
    named = (each for each in presets if each.name == name and each.stages)
    return next((each.title or each.name for each in named), "")


def preset_named(listed: ListModelsResponse, name: str) -> Preset | None:
    """Return the preset of that name; None for none and for one that the daemon does not know.

    The daemon refuses unknown names with a sentence that lists the known ones.
    """
    return next((preset for preset in listed.presets if preset.name == name), None)
