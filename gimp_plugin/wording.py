"""What is said to the artist while a job runs."""

from __future__ import annotations

from typing import NamedTuple

from sfumato_client import Accepted, Event, Progress, Queued, Reconnecting, Result, Started

SENDING = "Sending the picture"


class Status(NamedTuple):
    """A line for a progress bar; ``fraction`` 0 to 1, None while nobody knows."""

    text: str
    fraction: float | None = None


def status(event: Event) -> Status | None:
    """What an event tells; None if it is not about progress."""
    if isinstance(event, Accepted):
        return Status("The daemon has the edit")
    if isinstance(event, Queued):
        if not event.position:
            return Status("Paused")
        place = "next" if event.position <= 1 else f"number {event.position} in the queue"
        start = "" if event.eta is None else f", starts in {duration(event.eta)}"
        return Status(f"Waiting: {place}{start}")
    if isinstance(event, Started):
        return Status(f"Starting {event.model or event.engine}", 0.0)
    if isinstance(event, Progress):
        phase = event.phase[:1].upper() + event.phase[1:] or "Working"
        left = "" if event.eta is None else f", {duration(event.eta)} left"
        return Status(phase + left, event.step / event.steps if event.steps else None)
    if isinstance(event, Reconnecting):
        return Status(f"Trying again in {event.delay:.0f} s: {event.reason}")
    if isinstance(event, Result) and event.stage:
        return Status(f"{event.stage[:1].upper()}{event.stage[1:]} is done", None)
    if isinstance(event, Result):
        return Status(f"Result {event.variation + 1} is here", 1.0)
    return None


def duration(seconds: float) -> str:
    """A time as people say it: "about 40 s", "about 3 min"."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"
