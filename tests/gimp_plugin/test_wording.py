from __future__ import annotations

import pytest

from gimp_plugin.wording import Status, duration, status
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
)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Accepted("job"), Status("The daemon has the edit")),
        (Queued(1), Status("Waiting: next")),
        (Queued(3, 40.0), Status("Waiting: number 3 in the queue, starts in about 40 s")),
        (Started("diffusion", "sdxl"), Status("Starting sdxl", 0.0)),
        (Progress(3, 12, "denoising", 8.4), Status("Denoising, about 8 s left", 0.25)),
        (Progress(0, 0), Status("Working", None)),
        (
            Reconnecting(1, 2.0, "The line is dead."),
            Status("Trying again in 2 s: The line is dead."),
        ),
        (Result(1, 7, ()), Status("Result 2 is here", 1.0)),
        (Result(0, 7, (), "broad"), Status("Broad is done", None)),
        (Notice("CODE", "Something."), None),
        (Preview(Bounds(0, 0, 1, 1), b""), None),
    ],
)
def test_events_are_told_in_words(event: Event, said: Status | None) -> None:
    assert status(event) == said


def test_times_are_told_as_people_do() -> None:
    assert [duration(seconds) for seconds in (0.2, 40, 89, 130)] == [
        "about 1 s",
        "about 40 s",
        "about 89 s",
        "about 2 min",
    ]
