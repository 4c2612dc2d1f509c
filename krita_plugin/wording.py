"""What the docker says about times and places in a queue, and names that are not taken."""

from __future__ import annotations

from collections.abc import Collection

from sfumato_client import numbered


def duration(seconds: float) -> str:
    """A time left, as people say it: "about 40 s", "about 3 min"."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"


def queued(position: int, eta: float | None) -> str:
    """The place in the queue: "Waiting: next, starts in about 4 s"."""
    if not position:
        return "Paused"
    place = "next" if position <= 1 else f"number {position}"
    return f"Waiting: {place}" + (f", starts in {duration(eta)}" if eta is not None else "")


def progress(phase: str, eta: float | None) -> str:
    """What the engine does: "Denoising, about 12 s left"."""
    phase = phase[:1].upper() + phase[1:] or "Working"
    return phase + (f", {duration(eta)} left" if eta is not None else "")


def stage_done(stage: str) -> str:
    """A pass of a recipe is done: "Broad is done"."""
    return f"{stage[:1].upper()}{stage[1:]} is done"


def unique(name: str, taken: Collection[str]) -> str:
    """``name``, or with a number behind it if it is taken; at most 32 characters."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = numbered(name, number)
    return free
