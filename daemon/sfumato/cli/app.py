"""The ``sfumato`` command: its subcommands in one place."""

import typer

app = typer.Typer(no_args_is_help=True)
