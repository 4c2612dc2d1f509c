"""The queue and the devices as tables for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sfumato.cli.memory import filling, holding
from sfumato_client.wire import jobs_pb2

_RUNNING, _PAUSED = jobs_pb2.JOB_STATE_RUNNING, jobs_pb2.JOB_STATE_PAUSED
_BAR = 16
_NOBODY = "someone else"


def overview(
    address: str, queue: jobs_pb2.WatchQueueResponse, live: bool = False
) -> RenderableType:
    """All of it; ``live`` says how to leave."""
    running = sum(entry.state == _RUNNING for entry in queue.entries)
    counted = f"{running} running, {len(queue.entries) - running} waiting"
    parts: list[RenderableType] = [_head(address, counted, live)]
    if queue.paused:
        parts.append("[yellow]The daemon is paused: waiting edits do not start.[/yellow]")
    if queue.draining:
        parts.append("[yellow]The daemon takes no new edits.[/yellow]")
    parts += ["", _devices(queue), ""]
    parts.append(_entries(queue) if queue.entries else "[dim]Nothing runs or waits.[/dim]")
    return Group(*parts)


def silent(address: str, message: str) -> RenderableType:
    """What is shown while the daemon is away."""
    return Group(_head(address, "away", live=True), "", f"[yellow]{escape(message)}[/yellow]")


def lasting(seconds: float) -> str:
    """How long something takes, roughly."""
    if seconds < 90:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _head(address: str, counted: str, live: bool) -> RenderableType:
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    leave = "[dim]q leaves[/dim]" if live else ""
    head.add_row(f"[bold]Sfumato[/bold] on {escape(address)}  {counted}", leave)
    return head


def _devices(queue: jobs_pb2.WatchQueueResponse) -> Table:
    table = _table()
    for name in ("device", "", "busy", "memory", "batch", "edits", "models"):
        table.add_column(name, justify="left" if name in ("device", "models") else "right")
    for device in queue.devices:
        table.add_row(
            device.name,
            _bar(device.busy),
            f"{device.busy:.0%}",
            filling(device) or "-",
            str(device.batch or "-"),
            str(device.running),
            escape(", ".join(holding(device))) or "-",
        )
    return table


def _entries(queue: jobs_pb2.WatchQueueResponse) -> Table:
    table = _table()
    table.add_column("", justify="right")
    for name in ("who", "edit", "class", "model"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("state", "for", "left"):
        table.add_column(name, no_wrap=True)
    for entry in queue.entries:
        table.add_row(
            str(entry.position or ""),
            _who(entry),
            escape(entry.title) or "-",
            entry.priority,
            escape(entry.model) or "-",
            _state(entry),
            lasting(entry.seconds_in_state),
            _left(entry),
            style="bold" if entry.mine else "",
        )
    return table


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def _who(entry: jobs_pb2.QueueEntry) -> Text:
    name = entry.owner or ("you" if entry.mine else _NOBODY)
    return Text(f"{name} (you)" if entry.mine and entry.owner else name)


def _state(entry: jobs_pb2.QueueEntry) -> RenderableType:
    if entry.state == _PAUSED:
        return "[yellow]paused[/yellow]"
    if entry.state != _RUNNING:
        return "waits"
    if not entry.steps:
        return "[green]starts[/green]"
    return f"[green]step {entry.step} of {entry.steps}[/green]"


def _left(entry: jobs_pb2.QueueEntry) -> str:
    """Until it is done, or until it starts if it waits."""
    if not entry.HasField("eta_seconds"):
        return "?"
    left = lasting(entry.eta_seconds)
    return left if entry.state == _RUNNING else f"starts in {left}"


def _bar(share: float) -> RenderableType:
    return ProgressBar(
        total=1.0, completed=share, width=_BAR, complete_style="green", finished_style="green"
    )
