"""``sfumato tls``: a certificate for a studio's own network."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from sfumato.cli import options
from sfumato.cli.console import out, say
from sfumato.cli.daemon import state_directory
from sfumato.cli.failures import BadInput

tls = typer.Typer(
    add_completion=False,
    help="Certificates for daemons beyond this computer.",
    no_args_is_help=True,
)


@tls.callback()
def group() -> None:
    """Certificates for daemons beyond this computer."""


@tls.command("self-signed")
def self_signed(
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="HOST",
            help="A host name or address of this computer. Several may be given. Default: all.",
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=36500, help="How long it is valid.")] = 825,
    force: Annotated[
        bool, typer.Option(help="Replace the one that is there; clients then join anew.")
    ] = False,
    state_dir: options.StateDirectory = None,
) -> None:
    """Make a certificate and its key, which `sfumato serve --listen 0.0.0.0:PORT` then uses."""
    from sfumato.access import certificates
    from sfumato.access.pair import usual_pair

    pair = usual_pair(state_directory(state_dir))
    if not force and (pair.certificate.exists() or pair.key.exists()):
        raise BadInput(
            f"There is a certificate at {pair.certificate} already. With --force it is replaced; "
            "everybody then needs a new join string."
        )
    names = name or certificates.names_of_this_computer()
    try:
        made = certificates.make_self_signed(pair, names, timedelta(days=days))
    except (UnicodeError, ValueError) as error:
        raise BadInput(f"--name: {error}.") from error
    out.print(f"certificate  {pair.certificate}")
    out.print(f"key          {pair.key}")
    out.print(f"fingerprint  {made.fingerprint}")
    out.print(f"for          {', '.join(made.names)}")
    out.print(f"until        {made.expires:%Y-%m-%d}")
    say(
        "Start the daemon for the network with `sfumato serve --listen 0.0.0.0:7878`, and let "
        "somebody in with `sfumato token create NAME --join`."
    )
