"""``sfumato service``: the daemon at every login, started again after a crash."""

from __future__ import annotations

from typing import Annotated

import typer

from sfumato.cli import options
from sfumato.cli.console import out, print_json, say
from sfumato.cli.failures import FAILED, BadInput

service = typer.Typer(add_completion=False, help="The daemon at every login.", no_args_is_help=True)


@service.callback()
def group() -> None:
    """The daemon at every login, started again after a crash."""


@service.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def install(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- OPTIONS OF SERVE]", help="As `-- --listen 0.0.0.0:7878 --metrics 9464`."
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the file that would be written.")
    ] = False,
) -> None:
    """Start the daemon now and at every login; replaces an earlier one, as after an upgrade.

    SFUMATO_ variables that are set now are kept for it.
    """
    from sfumato.supervision.choice import this_computers
    from sfumato.supervision.supervisor import Command

    wanted = arguments or []
    _check(wanted)
    supervisor, command = this_computers(), Command.serving(wanted)
    if show:
        out.print(supervisor.describe(command), markup=False, end="")
        return
    supervisor.install(command)
    out.print(f"{supervisor.file} is installed, and {supervisor.name} has started the daemon.")
    if supervisor.name == "systemd":
        say("So that it runs without anybody being logged in: loginctl enable-linger")


@service.command()
def uninstall() -> None:
    """Stop the daemon, and start it no more. Jobs, models and settings stay."""
    from sfumato.supervision.choice import this_computers
    from sfumato.supervision.supervisor import Standing

    supervisor = this_computers()
    was = supervisor.standing()
    supervisor.uninstall()
    gone = "There was no service." if was is Standing.ABSENT else f"{supervisor.file} is removed."
    out.print(gone)


@service.command()
def status(json: options.Json = False) -> None:
    """Say whether the service is installed and runs. Exit code 1 if it does not though it is."""
    from sfumato.supervision.choice import this_computers
    from sfumato.supervision.supervisor import Standing

    supervisor = this_computers()
    standing = supervisor.standing()
    if json:
        print_json(
            {
                "standing": standing,
                "supervisor": supervisor.name,
                "file": str(supervisor.file) if supervisor.file.exists() else None,
            }
        )
    else:
        out.print(f"{standing} ({supervisor.file})")
    if standing in (Standing.STOPPED, Standing.FAILED):
        raise typer.Exit(FAILED)


def _check(arguments: list[str]) -> None:
    """``BadInput`` for options that `sfumato serve` would not take: nobody reads it complain."""
    import click

    from sfumato.cli.serve import serve

    alone = typer.Typer(add_completion=False)
    alone.command()(serve)
    command = typer.main.get_command(alone)
    try:
        command.make_context("serve", list(arguments), resilient_parsing=False)
    except click.UsageError as error:
        raise BadInput(f"`sfumato serve` cannot start so: {error.format_message()}") from error
