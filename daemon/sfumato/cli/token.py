"""``sfumato token``: let others in, see who may, and take it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sfumato.access.joining import join_string_for
from sfumato.access.tokens import Scope, Token, TokenError, TokenStore
from sfumato.cli import options
from sfumato.cli.console import out, print_json, say
from sfumato.cli.daemon import state_directory
from sfumato.cli.failures import BadInput

token = typer.Typer(
    add_completion=False,
    help="Let others use this user's daemon, and take that back.",
    no_args_is_help=True,
)

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose token it is.")]


@token.command()
def create(
    name: Name,
    scope: Annotated[
        Scope, typer.Option(help="What it allows: to edit, or also to run the daemon.")
    ] = Scope.ARTIST,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="When it ends: 12h, 30d, 8w. Default: never.")
    ] = "",
    join: Annotated[
        bool,
        typer.Option(
            "--join", help="Print one string with address, certificate and token, to be pasted."
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST", help="The name by which others reach this computer, with --join."
        ),
    ] = "",
    state_dir: options.StateDirectory = None,
) -> None:
    """Make a token. It is shown this once; only its hash is kept."""
    state = state_directory(state_dir)
    lifetime = _lifetime(expires)
    with _failures():
        prepared = join_string_for(state, host) if join else None
        secret = TokenStore(state).create(name, scope, lifetime)
    if prepared is None:
        print(secret)
        say(f"This is the token of {name}, shown this once. A daemon that runs knows it already.")
        return
    print(prepared(secret))
    say(
        f"This lets {name} in, and is shown this once: hand it over like a password. It goes into "
        "the address field of Krita's or GIMP's Sfumato, or into SFUMATO_JOIN."
    )


@token.command("list")
def list_tokens(json: options.Json = False, state_dir: options.StateDirectory = None) -> None:
    """Show whose tokens there are."""
    tokens = TokenStore(state_directory(state_dir)).list()
    if json:
        print_json([_described(one) for one in tokens])
        return
    table = Table("Name", "Scope", "Made", "Ends", "Owner", box=None, pad_edge=False)
    now = datetime.now(UTC)
    for one in tokens:
        ends = "never" if one.expires is None else _day(one.expires)
        if one.expired(now):
            ends = f"[red]{ends}, over[/red]"
        table.add_row(escape(one.name), one.scope, _day(one.created), ends, one.owner)
    out.print(table if tokens else "There are none but that of this computer.")


@token.command()
def revoke(name: Name, state_dir: options.StateDirectory = None) -> None:
    """Take a token back. What its owner has running ends within seconds."""
    if not TokenStore(state_directory(state_dir)).revoke(name):
        raise BadInput(f"There is no token named {name!r}. `sfumato token list` shows them.")
    say(f"The token of {name} opens nothing any more.")


def _lifetime(text: str) -> timedelta | None:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text.strip().lower())
    if text and found is None:
        raise BadInput(f"--expires is {text!r}: write a number and h, d or w, such as 30d.")
    return int(found[1]) * _UNITS[found[2]] if found else None


def _described(one: Token) -> dict[str, str | None]:
    return {
        "name": one.name,
        "scope": one.scope,
        "owner": one.owner,
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat() if one.expires else None,
    }


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except TokenError as error:
        raise BadInput(str(error)) from error
