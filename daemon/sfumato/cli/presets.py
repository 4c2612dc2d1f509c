"""``sfumato presets``: what can be named by ``--preset``, and what each sets."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options
from sfumato.cli.console import out, print_json
from sfumato.cli.daemon import known_endpoint
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.models import ask
from sfumato.cli.named import Named
from sfumato_client.wire.models_pb2 import ListModelsResponse, Preset
from sfumato_client.wire.parameters_pb2 import Context, MaskedContent, Operation, Parameters

For = Annotated[str, typer.Option("--model", metavar="NAME", help="For this model.")]


@grouped
def presets(
    named: Named,
    model: For = "",
    json: options.Json = False,
) -> None:
    """List the presets and recipes and what they set; for the default model unless one is named.

    Asks the running daemon; where there is none, shows what one would have.
    """
    endpoint = known_endpoint(named)
    found = asyncio.run(ask(endpoint)) if endpoint is not None else _without_daemon()
    if model and model not in [each.name for each in found.models]:
        known = ", ".join(each.name for each in found.models)
        raise BadInput(f"There is no model {model!r}. Known: {known}.")
    if json:
        print_json([MessageToDict(p, preserving_proto_field_name=True) for p in found.presets])
    else:
        _tell(found, model)


def _without_daemon() -> ListModelsResponse:
    from sfumato.configuration import SettingsError, load
    from sfumato.models.errors import UnusableModel
    from sfumato.models.presets import PresetError
    from sfumato.models.registry import Registry
    from sfumato.service.capabilities import models
    from sfumato.service.installed import catalogue

    try:
        settings = load()
        directories = Registry(settings.state_dir).directories() | settings.models
        return models(catalogue(directories, settings.presets, settings.recipes))
    except (SettingsError, UnusableModel, PresetError) as error:
        raise BadInput(str(error)) from error


def _tell(found: ListModelsResponse, model: str) -> None:
    table = Table("Name", "What for", "Sets", box=None, pad_edge=False)
    for preset in found.presets:
        name = escape(preset.name) + (" (own)" if preset.own else "")
        for_what = escape(preset.description or preset.title)
        sets = _passes(preset, model) if preset.stages else ", ".join(_values(preset, model))
        table.add_row(f"[bold]{name}[/bold]", for_what, sets)
    out.print(table)
    shown = model or found.default_model
    whose = f"Values for the model {escape(shown)}" if shown else "Generating needs a model"
    out.print(f"{whose}; options given with a preset win.", style="dim")


def _values(preset: Preset, model: str) -> list[str]:
    told = preset.parameters
    if model:
        told = next((each for each in preset.models if each.model == model), Parameters())
        if not told.model:
            return ["[dim]not with this model[/dim]"]
    values = _sampling(told)
    for length in ("grow", "feather"):
        values += [f"{length} {getattr(preset, length):g} px"] if preset.HasField(length) else []
    if told.context.mode == Context.MODE_MARGIN:
        values.append(f"context {told.context.margin} px")
    elif told.context.mode in (Context.MODE_DOUBLE, Context.MODE_WHOLE):
        values.append(f"context {_word(Context.Mode.Name(told.context.mode), 'MODE_')}")
    return values


def _passes(recipe: Preset, model: str) -> str:
    """The stages of a recipe, a line each."""
    able = [each.model for each in recipe.models]
    if not able or (model and model not in able):
        return "[dim]not with this model[/dim]" if model else "[dim]needs a model[/dim]"
    lines = [f"{len(recipe.stages)} stages:"]
    for stage in recipe.stages:
        who = [f"with {escape(stage.parameters.model)}"] if stage.parameters.model else []
        where = ["the border"] if stage.boundary else []
        values = ", ".join([*who, *where, *_sampling(stage.parameters)])
        lines.append(f"  {escape(stage.name)}" + (f": {values}" if values else ""))
    return "\n".join(lines)


def _sampling(told: Parameters) -> list[str]:
    values = []
    if told.operation:
        values.append(_word(Operation.Name(told.operation), "OPERATION_"))
    for field in ("strength", "steps", "guidance"):
        values += [f"{field} {getattr(told, field):.3g}"] if told.HasField(field) else []
    if told.masked_content:
        content = _word(MaskedContent.Name(told.masked_content), "MASKED_CONTENT_")
        values.append(f"begins from {content}")
    return values


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
