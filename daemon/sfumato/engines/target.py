"""What a selection should hold, and what was found, as the engines see it: free of wire types."""

from __future__ import annotations

from dataclasses import dataclass

from sfumato_client.geometry import Bounds


@dataclass(frozen=True, slots=True)
class Point:
    """A click in canvas pixels. ``exclude``: what lies there is not part of what is meant."""

    x: int
    y: int
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What to find, validated. At least one of the first five is given.

    Boxes lie on the canvas. ``confidence`` (0 to 1) is the least an answer needs, and at most
    ``count`` (1 to 32) instances are wanted. ``grow`` (0 to 256) widens the answer by so many
    pixels; ``invert`` selects everything else.
    """

    points: tuple[Point, ...] = ()
    boxes: tuple[Bounds, ...] = ()
    text: str = ""
    subject: bool = False
    face: bool = False
    confidence: float = 0.0
    count: int = 32
    grow: int = 0
    invert: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """One thing found: its box on the canvas, how sure that is (0 to 1), and what it is called."""

    box: Bounds
    confidence: float
    label: str = ""
