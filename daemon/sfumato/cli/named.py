"""The daemon that a command is for, as far as its user names one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

import sfumato
from sfumato.cli.options import DAEMON
from sfumato_client.discovery import find_endpoint
from sfumato_client.endpoint import Endpoint
from sfumato_client.patience import Patience
from sfumato_client.session import Session


@dataclass(frozen=True)
class Named:
    """The daemon that the user names, as far as they do."""

    address: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            envvar="SFUMATO_ADDRESS",
            help="A running daemon. Default: this user's own.",
            rich_help_panel=DAEMON,
        ),
    ] = ""
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN",
            envvar="SFUMATO_TOKEN",
            help="Its token. Default: the one in the state directory.",
            rich_help_panel=DAEMON,
        ),
    ] = ""
    trust: Annotated[
        str,
        typer.Option(
            metavar="WHOM",
            envvar="SFUMATO_TRUST",
            help="How it proves itself: its certificate's SHA-256, `system`, or authorities' file.",
            rich_help_panel=DAEMON,
        ),
    ] = ""
    join: Annotated[
        str,
        typer.Option(
            metavar="STRING",
            envvar="SFUMATO_JOIN",
            help="All of that in one, as `sfumato token create NAME --join` prints it.",
            rich_help_panel=DAEMON,
        ),
    ] = ""

    def endpoint(self) -> Endpoint:
        """Find it, or the user's own; ``Unavailable`` if there is none."""
        return find_endpoint(
            self.join or self.address or None, self.token or None, trust=self.trust or None
        )


OWN = Named()
"""No other than the user's own."""


def session_with(endpoint: Endpoint, patience: Patience | None = None) -> Session:
    """The command line's session with a daemon; entering it raises ``SfumatoError``."""
    return Session(endpoint, "cli", sfumato.__version__, patience=patience)
