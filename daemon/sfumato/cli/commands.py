"""The subcommands, each imported when it is used: the daemon carries no picture codecs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from sfumato.cli.console import complain
from sfumato.cli.failures import INTERRUPTED, exit_code, sentence
from sfumato.cli.polygons import joined
from sfumato_client.errors import SfumatoError

# Name and place of each command: a function, or a group of commands.
COMMANDS = {
    "inpaint": "sfumato.cli.inpaint:inpaint",
    "outpaint": "sfumato.cli.outpaint:outpaint",
    "batch": "sfumato.cli.batch.command:batch",
    "presets": "sfumato.cli.presets:presets",
    "segment": "sfumato.cli.segment:segment",
    "history": "sfumato.cli.history:history",
    "replay": "sfumato.cli.replay:replay",
    "status": "sfumato.cli.status:status",
    "top": "sfumato.cli.top:top",
    "devices": "sfumato.cli.devices:devices",
    "models": "sfumato.cli.models:models",
    "doctor": "sfumato.cli.doctor:doctor",
    "demo": "sfumato.cli.demo:demo",
    "serve": "sfumato.cli.serve:serve",
    "web": "sfumato.cli.web:web",
    "service": "sfumato.cli.service:service",
    "token": "sfumato.cli.token:token",
    "tls": "sfumato.cli.tls:tls",
    "plugins": "sfumato.cli.plugins:plugins",
}


class Commands(TyperGroup):
    """Finds commands and runs them; an expected error becomes a sentence and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command()(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Let ``--polygon`` take any number of corners: ``--polygon 1,2 30,2 15,40``."""
        return super().parse_args(ctx, joined(args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # `| head` has read enough: typer ends without a word.
            raise
        except (SfumatoError, OSError, MemoryError) as error:
            complain(sentence(error))
            raise typer.Exit(exit_code(error)) from error
