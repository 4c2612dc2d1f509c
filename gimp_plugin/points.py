"""Points of a picture, as an argument's text: "120,80 230,95"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sfumato_client import Refused


class Point(NamedTuple):
    """A pixel, counted from the left and from the top."""

    x: int
    y: int


def read(text: str) -> tuple[Point, ...]:
    """The points of a text; ``Refused`` if it says anything else."""
    return tuple(_point(word) for word in text.split())


def write(points: Sequence[Point]) -> str:
    """The text for ``read``."""
    return " ".join(f"{x},{y}" for x, y in points)


def _point(word: str) -> Point:
    x, comma, y = word.partition(",")
    if not (comma and x.isdecimal() and y.isdecimal()):
        raise Refused(f'"{word}" is no point: write x and y with a comma between, like 120,80.')
    return Point(int(x), int(y))
