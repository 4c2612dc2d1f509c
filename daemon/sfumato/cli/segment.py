"""``sfumato segment``: a mask of what is pointed at or named."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import sfumato
from sfumato.cli import options
from sfumato.cli.console import out as console
from sfumato.cli.console import print_json, say, warn
from sfumato.cli.daemon import Named, known_endpoint, own_daemon
from sfumato.cli.editing import raster
from sfumato.cli.failures import BadInput
from sfumato.cli.polygons import parse_point
from sfumato.cli.progress import phases
from sfumato.imaging.depth import Pixels
from sfumato.picture.picture import Format, Picture
from sfumato.picture.profile import encoding_of
from sfumato.picture.reading import read
from sfumato.picture.writing import check_target, encode, fitted, format_of, write_atomically
from sfumato_client.endpoint import Endpoint
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.segment import Found, Search, looked_at
from sfumato_client.session import Session
from sfumato_client.upload import wire_bounds
from sfumato_client.wire.segment_pb2 import Point, Target

_WHAT = "What to find"
_ANSWER = "The answer"

Spots = Annotated[
    list[Any] | None,
    typer.Option(
        "--point",
        metavar="X,Y",
        parser=parse_point,
        help="A pixel of it. May be given several times.",
        rich_help_panel=_WHAT,
    ),
]
Excluded = Annotated[
    list[Any] | None,
    typer.Option(
        "--exclude",
        metavar="X,Y",
        parser=parse_point,
        help="A pixel that is no part of it. May be given several times.",
        rich_help_panel=_WHAT,
    ),
]
Subject = Annotated[
    bool, typer.Option("--subject", help="The main subject.", rich_help_panel=_WHAT)
]
Face = Annotated[bool, typer.Option("--face", help="Faces.", rich_help_panel=_WHAT)]
Text = Annotated[
    str,
    typer.Option(metavar="TEXT", help="What the words describe.", rich_help_panel=_WHAT),
]
Model = Annotated[str, typer.Option(metavar="NAME", help="Who answers.", rich_help_panel=_ANSWER)]
Confidence = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Leave out what is less sure.", rich_help_panel=_ANSWER),
]
Count = Annotated[
    int | None,
    typer.Option(min=1, max=32, help="No more things than this.", rich_help_panel=_ANSWER),
]
Grow = Annotated[
    int,
    typer.Option(min=0, max=256, metavar="PX", help="Widen it.", rich_help_panel=_ANSWER),
]
Invert = Annotated[
    bool, typer.Option("--invert", help="Everything else instead.", rich_help_panel=_ANSWER)
]


def segment(
    image: options.Image,
    out: options.Out,
    point: Spots = None,
    exclude: Excluded = None,
    box: options.Boxes = None,
    subject: Subject = False,
    face: Face = False,
    text: Text = "",
    model: Model = "",
    confidence: Confidence = None,
    count: Count = None,
    grow: Grow = 0,
    invert: Invert = False,
    force: options.Force = False,
    json: options.Json = False,
    address: options.Address = "",
    token: options.Token = "",
    trust: options.Trust = "",
    join: options.Join = "",
) -> None:
    """Make a mask of what is pointed at or named.

    The mask has the picture's size, white where it selects, and is one for `sfumato inpaint
    --mask`. Boxes and points work without a model, and so do faces that look at the camera.
    """
    target = Target(
        points=[
            *(Point(x=x, y=y) for x, y in point or ()),
            *(Point(x=x, y=y, exclude=True) for x, y in exclude or ()),
        ],
        boxes=[wire_bounds(bounds) for bounds in box or ()],
        text=text,
        subject=subject,
        face=face,
    )
    if not (point or box or text.strip() or subject or face):
        raise BadInput("Say what to find: --point, --box, --text, --subject or --face.")
    if format_of(out) in (Format.JPEG, Format.OPENRASTER):
        raise BadInput(f"{format_of(out)} is nothing for a mask; name it .png or .tif.")
    check_target(out, force)
    picture = read(image)
    search = _search(picture, target, model, confidence, count, grow, invert)
    found = _asked(search, Named(address, token, trust, join))
    if not found.instances:
        warn("Nothing was found.")
    _write(out, found, picture.extent)
    if json:
        print_json(_report(out, found))
    else:
        _tell(out, found)


def _search(
    picture: Picture,
    target: Target,
    model: str,
    confidence: float | None,
    count: int | None,
    grow: int,
    invert: bool,
) -> Search:
    encoding, _ = encoding_of(picture)
    window = looked_at(target, picture.extent, invert)
    if not window.area:
        extent = picture.extent
        raise BadInput(
            f"The picture has {extent.width}x{extent.height} pixels, and the box lies outside."
        )
    return Search(
        raster(picture, window, encoding), window, target, model, confidence, count, grow, invert
    )


def _asked(search: Search, named: Named) -> Found:
    endpoint = known_endpoint(named)
    with nullcontext(endpoint) if endpoint is not None else own_daemon() as daemon:
        return asyncio.run(_ask(daemon, search))


async def _ask(endpoint: Endpoint, search: Search) -> Found:
    async with Session(endpoint, "cli", sfumato.__version__) as session:
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
