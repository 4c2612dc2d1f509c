"""What an artist is told of a job at work, in one line."""

from __future__ import annotations

from typing import NamedTuple

from sfumato_client.events import (
    Accepted,
    Event,
    Progress,
    Queued,
    Reconnecting,
    Result,
    Started,
)


class Told(NamedTuple):
    """A line beside a progress bar; ``fraction`` of the work, 0 to 1, None while nobody knows."""

    text: str
    fraction: float | None = None


def told(event: Event) -> Told | None:
    """What an event tells: "Denoising, about 12 s left"; None if it is not about progress."""
    if isinstance(event, Accepted):
        return Told("The daemon has the edit")
    if isinstance(event, Queued):
        return Told(_place(event))
    if isinstance(event, Started):
        return Told("Starting", 0.0)
    if isinstance(event, Progress):
        left = "" if event.eta is None else f", {duration(event.eta)} left"
        return Told(
            (_capital(event.phase) or "Working") + left,
            event.step / event.steps if event.steps else None,
        )
    if isinstance(event, Reconnecting):
        return Told(f"Connection lost; trying again in {event.delay:.0f} s ({event.reason})")
    if isinstance(event, Result):
        if event.stage:
            return Told(f"{_capital(event.stage)} is done")
        return Told(f"Result {event.variation + 1} is here", 1.0)
    return None


def duration(seconds: float) -> str:
    """A time as people say it: "about 40 s", "about 3 min"."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"


def _place(queued: Queued) -> str:
    if not queued.position:
        return "Paused"
    place = "next" if queued.position <= 1 else f"number {queued.position}"
    start = "" if queued.eta is None else f", starts in {duration(queued.eta)}"
    return f"Waiting: {place}{start}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
