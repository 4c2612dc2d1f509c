"""``sfumato status``: the running daemon, its engines, its devices' memory and its queue."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, NamedTuple

from google.protobuf.json_format import MessageToDict
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options
from sfumato.cli.console import out, print_json
from sfumato.cli.grouped import grouped
from sfumato.cli.memory import filling, holding
from sfumato.cli.named import Named, session_with
from sfumato_client.endpoint import Endpoint
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.inpainting_pb2 import GetCapabilitiesResponse
from sfumato_client.wire.parameters_pb2 import Operation


class Snapshot(NamedTuple):
    """What a daemon says of itself."""

    endpoint: Endpoint
    capabilities: GetCapabilitiesResponse
    queue: jobs_pb2.WatchQueueResponse


@grouped
def status(
    named: Named,
    json: options.Json = False,
) -> None:
    """Show the running daemon, its engines, its devices' memory and its queue."""
    snapshot = asyncio.run(ask(named.endpoint()))
    if json:
        print_json(_report(snapshot))
    else:
        _tell(snapshot)


async def ask(endpoint: Endpoint) -> Snapshot:
    """Ask a daemon once; raises ``SfumatoError``."""
    queue = jobs_pb2.WatchQueueResponse()
    async with session_with(endpoint) as session:
        async with aclosing(session.watch_queue(once=True)) as answers:  # type: ignore[type-var]
            async for answer in answers:
                queue = answer
        return Snapshot(endpoint, session.capabilities, queue)


def _report(snapshot: Snapshot) -> dict[str, Any]:
    capabilities = MessageToDict(snapshot.capabilities, preserving_proto_field_name=True)
    queue = MessageToDict(snapshot.queue, preserving_proto_field_name=True)
    return {"address": snapshot.endpoint.address, **capabilities, "queue": queue}


def _tell(snapshot: Snapshot) -> None:
    capabilities, queue = snapshot.capabilities, snapshot.queue
    out.print(
        f"[bold]Sfumato {escape(capabilities.version)}[/bold] on {snapshot.endpoint.address}"
        + (" [yellow](paused)[/yellow]" if queue.paused else "")
        + (" [yellow](takes no new jobs)[/yellow]" if queue.draining else "")
    )
    engines = Table(box=None, pad_edge=False, show_header=False)
    for engine in capabilities.engines:
        can = ", ".join(
            Operation.Name(operation).removeprefix("OPERATION_").lower()
            for operation in engine.operations
        )
        state = f"[yellow]{escape(engine.unavailable)}[/yellow]" if engine.unavailable else "ready"
        engines.add_row(f"  {engine.name}", can, state)
    out.print(engines)
    for notice in capabilities.notices:
        out.print(f"[yellow]{escape(notice.message)}[/yellow]")
    for device in queue.devices:
        told = [part for part in (filling(device), *holding(device)) if part]
        out.print(escape(f"  {device.name}: {'; '.join(told)}" if told else f"  {device.name}"))
    running = sum(entry.state == jobs_pb2.JOB_STATE_RUNNING for entry in queue.entries)
    out.print(f"{running} running, {len(queue.entries) - running} waiting")
    for entry in queue.entries:
        out.print(f"  {_place(entry)}  {escape(entry.title) if entry.mine else 'of someone else'}")


def _place(entry: jobs_pb2.QueueEntry) -> str:
    if entry.state == jobs_pb2.JOB_STATE_RUNNING:
        return f"running {entry.step}/{entry.steps}" if entry.steps else "running"
    return f"no. {entry.position}" if entry.position else "paused"
