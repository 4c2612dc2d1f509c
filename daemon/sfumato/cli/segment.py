"""``sfumato segment``: a mask of what is pointed at or named."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from sfumato.cli import options
from sfumato.cli.asking import shown
from sfumato.cli.console import out as console
from sfumato.cli.console import print_json, say, warn
from sfumato.cli.daemon import known_endpoint, own_daemon
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named, session_with
from sfumato.cli.pointing import Pointing
from sfumato.cli.progress import phases
from sfumato.imaging.depth import Pixels
from sfumato.picture.picture import Format, Picture
from sfumato.picture.profile import encoding_of
from sfumato.picture.reading import read
from sfumato.picture.writing import check_target, encode, fitted, format_of, write_atomically
from sfumato_client.endpoint import Endpoint
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.segment import Found, Search
from sfumato_client.wire.segment_pb2 import Target

_ANSWER = "The answer"


@dataclass(frozen=True)
class Answer:
    """Who answers, and what of the answer is wanted."""

    model: Annotated[
        str, typer.Option(metavar="NAME", help="Who answers.", rich_help_panel=_ANSWER)
    ] = ""
    confidence: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Leave out what is less sure.", rich_help_panel=_ANSWER),
    ] = None
    count: Annotated[
        int | None,
        typer.Option(min=1, max=32, help="No more things than this.", rich_help_panel=_ANSWER),
    ] = None
    grow: Annotated[
        int,
        typer.Option(min=0, max=256, metavar="PX", help="Widen it.", rich_help_panel=_ANSWER),
    ] = 0
    invert: Annotated[
        bool, typer.Option("--invert", help="Everything else instead.", rich_help_panel=_ANSWER)
    ] = False


@grouped
def segment(
    image: options.Image,
    out: options.Out,
    pointing: Pointing,
    answer: Answer,
    named: Named,
    box: options.Boxes = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Make a mask of what is pointed at or named.

    The mask has the picture's size, white where it selects, and is one for `sfumato inpaint
    --mask`. Boxes and points work without a model, and so do faces that look at the camera.
    """
    if not (pointing.given or box):
        raise BadInput("Say what to find: --point, --box, --text, --subject or --face.")
    if format_of(out) in (Format.JPEG, Format.OPENRASTER):
        raise BadInput(f"{format_of(out)} is nothing for a mask; name it .png or .tif.")
    check_target(out, force)
    picture = read(image)
    found = _asked(_search(picture, pointing.target(box or ()), answer), named)
    if not found.instances:
        warn("Nothing was found.")
    _write(out, found, picture.extent)
    if json:
        print_json(_report(out, found))
    else:
        _tell(out, found)


def _search(picture: Picture, target: Target, answer: Answer) -> Search:
    encoding, _ = encoding_of(picture)
    return replace(
        shown(picture, target, encoding, answer.invert),
        model=answer.model,
        confidence=answer.confidence,
        count=answer.count,
        grow=answer.grow,
    )


def _asked(search: Search, named: Named) -> Found:
    endpoint = known_endpoint(named)
    with nullcontext(endpoint) if endpoint is not None else own_daemon() as daemon:
        return asyncio.run(_ask(daemon, search))


async def _ask(endpoint: Endpoint, search: Search) -> Found:
    async with session_with(endpoint) as session:
        with phases() as show:
            return await session.segment(search, show)


def _write(path: Path, found: Found, extent: Extent) -> None:
    window = found.window
    mask: Pixels = np.zeros((extent.height, extent.width, 1), np.uint8)
    covered = np.frombuffer(found.coverage, np.uint8).reshape(window.height, window.width, 1)
    mask[window.y : window.bottom, window.x : window.right] = covered
    kind = format_of(path)
    write_atomically(path, encode(fitted(Picture(mask), kind)[0], kind))


def _report(path: Path, found: Found) -> dict[str, Any]:
    """What a program may want to know."""
    return {
        "out": str(path),
        "model": found.model,
        "instances": [
            {
                "box": _edges(instance.box),
                "confidence": round(instance.confidence, 3),
                "label": instance.label,
            }
            for instance in found.instances
        ],
    }


def _tell(path: Path, found: Found) -> None:
    console.print(f"[green]{path}[/green]")
    for instance in found.instances:
        edges = ",".join(str(edge) for edge in _edges(instance.box))
        name = instance.label or "found"
        say(f"{name} in {edges}, {instance.confidence:.0%} sure")


def _edges(box: Bounds) -> list[int]:
    """Left, top, right and bottom, as ``--box`` takes them."""
    return [box.x, box.y, box.right, box.bottom]
