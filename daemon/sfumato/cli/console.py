"""What a person reads: results on standard output, everything else on standard error.

Both are coloured only on a terminal, and not at all where ``NO_COLOR`` is set.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape

# `soft_wrap`: a path is printed in one piece, so that it can be copied.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Tell what is going on."""
    err.print(escape(message), style="dim")


def warn(message: str) -> None:
    """Tell something the user should know."""
    err.print(f"[yellow]Note:[/yellow] {escape(message)}")


def complain(message: str) -> None:
    """Tell why nothing came of it."""
    err.print(f"[red]Error:[/red] {escape(message)}")


def print_json(value: Any) -> None:
    """Print one JSON document for a program."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    sys.stdout.flush()
