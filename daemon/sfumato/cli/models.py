"""``sfumato models``: what can be named by ``--model``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import typer
from google.protobuf.json_format import MessageToDict
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options, status
from sfumato.cli.console import out, print_json
from sfumato.cli.grouped import grouped
from sfumato.cli.memory import places
from sfumato.cli.model_info import info
from sfumato.cli.model_store import add, available, pull, remove
from sfumato.cli.named import Named, session_with
from sfumato_client.endpoint import Endpoint
from sfumato_client.wire.jobs_pb2 import Device
from sfumato_client.wire.models_pb2 import ListModelsResponse, Model
from sfumato_client.wire.parameters_pb2 import Operation

_FINDS = {
    "points": "what is clicked at",
    "boxes": "what is in a box",
    "text": "what words describe",
    "subject": "the main subject",
    "face": "faces",
}

models = typer.Typer(add_completion=False)
for command in (available, info, pull, add, remove):
    models.command()(command)


@models.callback(invoke_without_command=True)
@grouped
def unless_told_otherwise(
    context: typer.Context,
    named: Named,
    json: options.Json = False,
) -> None:
    """The models of a daemon; without a command, list them."""
    if context.invoked_subcommand is None:
        _list(named, json)


@models.command("list")
@grouped
def list_models(
    named: Named,
    json: options.Json = False,
) -> None:
    """List the running daemon's models and LoRAs."""
    _list(named, json)


def _list(named: Named, json: bool) -> None:
    endpoint = named.endpoint()
    found = asyncio.run(ask(endpoint))
    devices = asyncio.run(status.ask(endpoint)).queue.devices
    if json:
        told = [MessageToDict(device, preserving_proto_field_name=True) for device in devices]
        print_json({**MessageToDict(found, preserving_proto_field_name=True), "devices": told})
    else:
        _tell(found, devices)


async def ask(endpoint: Endpoint) -> ListModelsResponse:
    """Everything that a daemon's parameters can name; raises ``SfumatoError``."""
    async with session_with(endpoint) as session:
        return await session.models()


def _tell(found: ListModelsResponse, devices: Sequence[Device]) -> None:
    heads = "Name", "What it is", "It can", "Licence", "In memory"
    table = Table(*heads, box=None, pad_edge=False)
    for model in found.models:
        name = escape(model.name) + (" *" if model.name == found.default_model else "")
        loaded = ", ".join(places(devices, model.name))
        known = escape(model.title), _abilities(model), escape(model.license), escape(loaded)
        table.add_row(name, *known)
    out.print(table)
    if found.default_model:
        out.print("* is used for prompts when no model is named.", style="dim")
    for bad in found.unusable:
        out.print(f"[yellow]{escape(bad.name)}[/yellow]  cannot be used: {escape(bad.reason)}")
    for lora in found.loras:
        out.print(f"LoRA [bold]{escape(lora.name)}[/bold]  for {escape(lora.family)}")
    for segmenter in found.segmenters:
        finds = ", ".join(word for field, word in _FINDS.items() if getattr(segmenter, field))
        title = escape(segmenter.title)
        out.print(f"[bold]{escape(segmenter.name)}[/bold]  {title}, selects {finds}")


def _abilities(model: Model) -> str:
    names = (Operation.Name(value).removeprefix("OPERATION_").lower() for value in model.operations)
    return ", ".join(names)
