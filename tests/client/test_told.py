"""What an artist reads while a job runs."""

from __future__ import annotations

import pytest

from sfumato_client import (
    Accepted,
    Bounds,
    Event,
    Notice,
    Preview,
    Progress,
    Queued,
    Reconnecting,
    Result,
    Started,
    Told,
    told,
)
from sfumato_client.told import duration


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Accepted("job"), Told("The daemon has the edit")),
        (Queued(1), Told("Waiting: next")),
        (Queued(3, 40.0), Told("Waiting: number 3, starts in about 40 s")),
        (Queued(0), Told("Paused")),
        (Started("diffusion", "sdxl"), Told("Starting", 0.0)),
        (Progress(3, 12, "denoising", 8.4), Told("Denoising, about 8 s left", 0.25)),
        (Progress(0, 0), Told("Working", None)),
        (
            Reconnecting(1, 2.0, "The line is dead."),
            Told("Connection lost; trying again in 2 s (The line is dead.)"),
        ),
        (Result(1, 7, ()), Told("Result 2 is here", 1.0)),
        (Result(0, 7, (), "broad"), Told("Broad is done", None)),
        (Notice("CODE", "Something."), None),
        (Preview(Bounds(0, 0, 1, 1), b""), None),
    ],
)
def test_events_are_told_in_words(event: Event, said: Told | None) -> None:
    assert told(event) == said


def test_times_are_told_as_people_do() -> None:
    assert [duration(seconds) for seconds in (0.2, 40, 89, 130)] == [
        "about 1 s",
        "about 40 s",
        "about 89 s",
        "about 2 min",
    ]
