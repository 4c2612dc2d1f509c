"""``sfumato serve``: the daemon, in the foreground."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sfumato.cli.console import complain
from sfumato.cli.failures import BAD_INPUT, FAILED
from sfumato.cli.grouped import grouped

StateDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where the token, the endpoint and the jobs lie."),
]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="A TOML file with settings.")]


@dataclass(frozen=True)
class Listening:
    """Where clients find the daemon."""

    listen: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where to listen. Port 0: the last one, or any."),
    ] = None
    tls_cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificate (PEM) for clients beyond this computer."),
    ] = None
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key (PEM).")] = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are named."""
        tls = _given({"cert": self.tls_cert, "key": self.tls_key})
        return {"listen": self.listen, "tls": tls}


@dataclass(frozen=True)
class Running:
    """What edits run on."""

    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="A diffusion model, a LoRA or another addition. May be given several times.",
        ),
    ] = None
    device: Annotated[
        str | None, typer.Option(help="Where models run: auto, cpu, cuda, cuda:1, mps, ...")
    ] = None
    devices: Annotated[
        str | None,
        typer.Option(
            metavar="0,1", help="Several GPUs, an engine host on each, by number or name."
        ),
    ] = None

    workers: Annotated[
        Literal["processes", "ray"] | None,
        typer.Option(help="Where engines run: on this computer, or on those of a Ray cluster."),
    ] = None
    ray_address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="That cluster. Default: one of this computer."),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are named."""
        return {
            "models": self.model,
            "device": self.device,
            "devices": self.devices,
            "workers": self.workers,
            "ray_address": self.ray_address,
        }


@dataclass(frozen=True)
class Watching:
    """How people see what the daemon does."""

    web: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Also show the queue and the history in a browser of this computer. 0: any port.",
        ),
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None,
        typer.Option(help="How much is written to standard error."),
    ] = None
    log_format: Annotated[
        Literal["text", "json"] | None, typer.Option(help="How it is written.")
    ] = None
    metrics: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="Serve /metrics for Prometheus here, for this computer."),
    ] = None
    traces: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Tell this OpenTelemetry collector of every edit."),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are named."""
        return {
            "web": {} if self.web is None else {"port": self.web},
            "log": _given({"level": self.log_level, "format": self.log_format}),
            "metrics": self.metrics,
            "traces": self.traces,
        }


@grouped
def serve(
    listening: Listening,
    running: Running,
    watching: Watching,
    state_dir: StateDir = None,
    config: Config = None,
    for_one_call: Annotated[
        bool,
        typer.Option(help="End when standard input ends, and leave no state behind.", hidden=True),
    ] = False,
) -> None:
    """Run the daemon until it is told to stop."""
    # What gRPC itself says of every broken handshake is no line of our log.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from sfumato.configuration import SettingsError, load
    from sfumato.serve import serve as run
    from sfumato.service.state import CannotServe

    flags = {
        **listening.settings,
        **running.settings,
        **watching.settings,
        "state_dir": state_dir,
    }
    try:
        settings = load(_given(flags), config)
    except SettingsError as error:
        complain(error.message)
        raise typer.Exit(BAD_INPUT) from error
    try:
        run(settings, with_stdin=for_one_call)
    except CannotServe as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error
    if for_one_call:  # Who started it may be gone, and cannot clear up any more.
        shutil.rmtree(settings.state_dir, ignore_errors=True)


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value}
