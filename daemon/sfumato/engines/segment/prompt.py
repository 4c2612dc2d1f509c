"""What is pointed at: the target's boxes and clicks, one prompt for each thing that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sfumato.engines.target import Target
from sfumato_client.geometry import Bounds

Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing, in the window's pixels: a box around it, spots (x, y) on it and beside it."""

    box: Bounds | None = None
    inside: tuple[Spot, ...] = ()
    outside: tuple[Spot, ...] = ()


def prompts(target: Target, window: Bounds) -> Iterator[Prompt]:
    """A prompt for every box, with the clicks in it, and one for all other clicks together.

    What is excluded is excluded everywhere.
    """
    canvas = Bounds.of(window.extent)
    clicks = {
        (point.x - window.x, point.y - window.y): point.exclude
        for point in target.points
        if holds(window, point.x, point.y)
    }
    outside = tuple(spot for spot, exclude in clicks.items() if exclude)
    left = [spot for spot, exclude in clicks.items() if not exclude]
    for box in target.boxes:
        place = box.relative_to(window).intersection(canvas)
        if place.area:
            inside = tuple(spot for spot in left if holds(place, *spot))
            left = [spot for spot in left if spot not in inside]
            yield Prompt(place, inside, outside)
    if left:
        yield Prompt(None, tuple(left), outside)


def holds(bounds: Bounds, x: int, y: int) -> bool:
    """Whether a pixel lies inside."""
    return bounds.contains(Bounds(x, y, 1, 1))
