"""Points, boxes and polygons as they are written on a command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import typer

from sfumato_client.geometry import Bounds

_OPTION = "--polygon"
_CORNER = re.compile(r"-?\d+(\.\d+)?,-?\d+(\.\d+)?")


class Polygon(NamedTuple):
    """Corners in pixels from the picture's top left corner."""

    corners: tuple[tuple[float, float], ...]


def joined(arguments: Iterable[str]) -> list[str]:
    """The arguments with the corners after each ``--polygon`` as one, as options take one."""
    found: list[str] = []
    corners: list[str] | None = None
    for argument in arguments:
        if corners is not None and _CORNER.fullmatch(argument):
            corners.append(argument)
            continue
        if corners:
            found.append(" ".join(corners))
        corners = [] if argument == _OPTION else None
        found.append(argument)
    return [*found, " ".join(corners)] if corners else found


def parse_polygon(text: str) -> Polygon:
    """A polygon from ``X,Y X,Y X,Y...``: at least three."""
    parts = text.split()
    if len(parts) < 3 or not all(_CORNER.fullmatch(part) for part in parts):
        raise typer.BadParameter(
            f"{text!r} is no polygon; write at least three corners in pixels as X,Y X,Y X,Y"
        )
    corners = (part.split(",") for part in parts)
    return Polygon(tuple((float(x), float(y)) for x, y in corners))


def parse_point(text: str) -> tuple[int, int]:
    """A pixel from ``X,Y``."""
    try:
        x, y = (int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no point; write two whole numbers in pixels as X,Y"
        ) from None
    return x, y


def parse_box(text: str) -> Bounds:
    """Bounds from ``L,T,R,B``: whole pixels, right and bottom just beyond."""
    try:
        left, top, right, bottom = (int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no box; write four whole numbers in pixels as LEFT,TOP,RIGHT,BOTTOM"
        ) from None
    if right <= left or bottom <= top:
        raise typer.BadParameter(
            f"{text!r} is empty; RIGHT must be larger than LEFT and BOTTOM larger than TOP"
        )
    return Bounds.between(left, top, right, bottom)
