"""``sfumato web``: open the page of the daemon on this computer, signed in."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import typer

from sfumato.cli import options
from sfumato.cli.console import out, say
from sfumato.cli.daemon import state_directory
from sfumato_client.discovery import ENDPOINT_FILE, TOKEN_FILE
from sfumato_client.errors import Unavailable

_SECONDS = 10


def web(
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN",
            envvar="SFUMATO_TOKEN",
            help="Whose edits to show. Default: those of this computer's own token.",
        ),
    ] = "",
    state_dir: options.StateDirectory = None,
    show: Annotated[
        bool, typer.Option("--print", help="Print the address instead of opening it.")
    ] = False,
) -> None:
    """Open the page of this computer's daemon, signed in.

    The address works once, within a minute; it holds no token.
    """
    folder = state_directory(state_dir)
    page = _page(folder / ENDPOINT_FILE)
    secret = token or (folder / TOKEN_FILE).read_text("utf-8").strip()
    address = f"{page}#code={_code(page, secret)}"
    if show or not webbrowser.open(address):
        out.print(address)
        if not show:
            say("There is no browser to open here. The address works once, within a minute.")
    else:
        say(f"Opened {page}")


def _page(endpoint: Path) -> str:
    """Where the page is; ``Unavailable`` if no daemon shows one."""
    try:
        described = json.loads(endpoint.read_text("utf-8"))
    except FileNotFoundError:
        raise Unavailable(
            "No daemon is running here. Start it with `sfumato serve --web 7880`."
        ) from None
    page = described.get("page")
    if not isinstance(page, str):
        raise Unavailable(
            "The daemon shows no page. Start it with `sfumato serve --web 7880`, or set web.port."
        )
    return page


def _code(page: str, secret: str) -> str:
    """A code that signs the token's holder in."""
    request = Request(  # noqa: S310 (an address of the daemon's own file)
        f"{page}api/code", method="POST", headers={"Authorization": f"Bearer {secret}"}
    )
    try:
        # The page is on this computer, whatever proxy there is to others.
        with build_opener(ProxyHandler({})).open(request, timeout=_SECONDS) as answer:
            return str(json.load(answer)["code"])
    except HTTPError as error:
        raise Unavailable(json.load(error)["message"]) from error
    except (URLError, OSError, ValueError) as error:
        raise Unavailable(f"The page at {page} does not answer ({error}).") from error
