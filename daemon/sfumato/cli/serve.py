"""``sfumato serve``: the daemon, in the foreground."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sfumato.cli.console import complain
from sfumato.cli.failures import BAD_INPUT, FAILED


def serve(
    listen: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where to listen. Port 0: the last one, or any."),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificate (PEM) for clients beyond this computer."),
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key (PEM).")] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the token, the endpoint and the jobs lie."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="A diffusion model, a LoRA or another addition. May be given several times.",
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where models run: auto, cpu, cuda, cuda:1, mps, ...")
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(
            metavar="0,1", help="Several GPUs, an engine host on each, by number or name."
        ),
    ] = None,
    web: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Also show the queue and the history in a browser of this computer. 0: any port.",
        ),
    ] = None,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None,
        typer.Option(help="How much is written to standard error."),
    ] = None,
    log_format: Annotated[
        Literal["text", "json"] | None, typer.Option(help="How it is written.")
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="Serve /metrics for Prometheus here, for this computer."),
    ] = None,
    traces: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Tell this OpenTelemetry collector of every edit."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file with settings.")
    ] = None,
) -> None:
    """Run the daemon until it is told to stop."""
    # What gRPC itself says of every broken handshake is no line of our log.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from sfumato.configuration import SettingsError, load
    from sfumato.serve import serve as run
    from sfumato.service.state import CannotServe

    flags: dict[str, Any] = {
        "listen": listen,
        "tls": _given({"cert": tls_cert, "key": tls_key}),
        "state_dir": state_dir,
        "models": model,
        "device": device,
        "devices": devices,
        "metrics": metrics,
        "traces": traces,
        "web": {} if web is None else {"port": web},
        "log": _given({"level": log_level, "format": log_format}),
    }
    try:
        settings = load(_given(flags), config)
    except SettingsError as error:
        complain(error.message)
        raise typer.Exit(BAD_INPUT) from error
    try:
        run(settings)
    except CannotServe as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value}
