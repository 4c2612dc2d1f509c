"""The ``sfumato`` command itself; its subcommands are in ``commands``."""

from __future__ import annotations

from typing import Annotated

import typer

import sfumato
from sfumato.cli.commands import Commands
from sfumato.cli.console import out

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"sfumato {sfumato.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_show_version),
    ] = False,
) -> None:
    """Soft-edged inpainting for Krita, GIMP and the command line."""
