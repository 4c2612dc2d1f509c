"""``sfumato devices``: the engine hosts, and having them join and leave while the daemon runs."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options
from sfumato.cli.console import out, print_json
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named, session_with
from sfumato_client.patience import Patience
from sfumato_client.session import Session
from sfumato_client.wire import hosts_pb2

devices = typer.Typer(
    add_completion=False, help="Where the engines run. Hosts join and leave while the daemon runs."
)

_MEGA = 1e6
_PATIENCE = Patience(answer=120.0)
"""A daemon that is to use a device looks for it first, which loads PyTorch."""


@devices.callback(invoke_without_command=True, subcommand_metavar="[add | remove]")
@grouped
def unless_told_otherwise(
    context: typer.Context,
    named: Named,
    json: options.Json = False,
) -> None:
    """List the engine hosts, with what each of them does."""
    if context.invoked_subcommand is not None:
        return
    hosts = asyncio.run(_listed(named))
    if json:
        print_json([MessageToDict(host, preserving_proto_field_name=True) for host in hosts])
    else:
        out.print(_table(hosts))


@devices.command()
@grouped
def add(
    device: Annotated[
        str, typer.Argument(metavar="DEVICE", help="cpu, cuda:1 (or 1), mps, ...: where to run.")
    ],
    named: Named,
    engine: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Which engine. Default: the models', else the one without any."
        ),
    ] = "",
) -> None:
    """Have one more engine host on a device. It gets waiting edits at once. For admins."""
    place = hosts_pb2.HostPlace(device=device, engine=engine)
    name = asyncio.run(_updated(named, hosts_pb2.UpdateHostsRequest(add=place)))
    out.print(f"{escape(name)} has joined.")


@devices.command()
@grouped
def remove(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name, as `sfumato devices` shows it.")
    ],
    named: Named,
    now: Annotated[
        bool,
        typer.Option("--now", help="Do not wait for its edits: they begin anew at another host."),
    ] = False,
) -> None:
    """Have a host leave once its edits are done. It gets no new ones. For admins."""
    removal = hosts_pb2.HostRemoval(name=name, now=now)
    asyncio.run(_updated(named, hosts_pb2.UpdateHostsRequest(remove=removal)))
    out.print(f"{escape(name)} " + ("has left." if now else "leaves when its edits are done."))


async def _listed(named: Named) -> list[hosts_pb2.EngineHost]:
    async with _session(named) as session:
        return await session.hosts()


async def _updated(named: Named, request: hosts_pb2.UpdateHostsRequest) -> str:
    async with _session(named) as session:
        return await session.update_hosts(request)


def _session(named: Named) -> Session:
    return session_with(named.endpoint(), _PATIENCE)


def _table(hosts: list[hosts_pb2.EngineHost]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("name", "device", "state", "edits", "busy", "memory", "process", "models"):
        table.add_column(column, overflow="fold")
    for host in hosts:
        table.add_row(
            escape(host.name),
            escape(host.device),
            hosts_pb2.HostState.Name(host.state).removeprefix("HOST_STATE_").lower(),
            f"{host.running} of {host.capacity}",
            f"{host.busy:.0%}",
            _megabytes(host.memory_used_bytes, host.memory_bytes),
            _megabytes(host.resident_bytes),
            escape(", ".join(host.models)) or "-",
        )
    return table


def _megabytes(*sizes: int) -> str:
    """Bytes in MB, as "used of all"; a dash where nothing is told."""
    return " of ".join(f"{size / _MEGA:,.0f}" for size in sizes) + " MB" if all(sizes) else "-"
