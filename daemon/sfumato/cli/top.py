"""``sfumato top``: queue and devices as they change, in the terminal."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.console import RenderableType
from rich.live import Live

from sfumato.cli import options
from sfumato.cli.console import out, print_json
from sfumato.cli.grouped import grouped
from sfumato.cli.keys import keys
from sfumato.cli.named import Named, session_with
from sfumato.cli.overview import overview, silent
from sfumato.cli.status import ask
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import Unavailable

_KEY_SECONDS = 0.1
_AGAIN_SECONDS = 2.0
_LEAVE = ("q", "Q", "\x1b")


@grouped
def top(
    named: Named,
    once: Annotated[bool, typer.Option("--once", help="Show it once and end.")] = False,
    json: options.Json = False,
) -> None:
    """Show the queue and the devices as they change, until q is pressed."""
    endpoint = named.endpoint()
    if not (once or json or not sys.stdout.isatty()):
        asyncio.run(_watch(endpoint))
        return
    queue = asyncio.run(ask(endpoint)).queue
    if json:
        print_json(MessageToDict(queue, preserving_proto_field_name=True))
    else:
        out.print(overview(endpoint.address, queue))


async def _watch(endpoint: Endpoint) -> None:
    """Show it until somebody leaves; ``SfumatoError`` if that cannot begin."""
    async with session_with(endpoint):
        pass  # Whoever may not look is told so before the screen is taken.
    with Live(console=out, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        following = asyncio.create_task(_follow(endpoint, live))
        try:
            with keys() as pressed:
                # A terminal has no event for it that Windows has, too.
                while pressed() not in _LEAVE and not following.done():
                    await asyncio.wait([following], timeout=_KEY_SECONDS)
        finally:
            following.cancel()
            await asyncio.wait([following])
    if not following.cancelled():
        following.result()


async def _follow(endpoint: Endpoint, live: Live) -> None:
    """Show what the daemon tells, and come back to one that was away."""

    def show(picture: RenderableType) -> None:
        live.update(picture, refresh=True)

    while True:
        try:
            async with (
                session_with(endpoint) as session,
                aclosing(session.watch_queue()) as told,  # type: ignore[type-var]
            ):
                async for queue in told:
                    show(overview(endpoint.address, queue, live=True))
        except Unavailable as away:
            show(silent(endpoint.address, away.message))
        await asyncio.sleep(_AGAIN_SECONDS)
