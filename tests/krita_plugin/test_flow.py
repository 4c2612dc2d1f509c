"""What the docker shows follows from what the daemon says."""

from __future__ import annotations

import pytest

from krita_plugin import wording
from krita_plugin.flow import Flow, Phase
from sfumato_client import (
    Accepted,
    Done,
    Event,
    Notice,
    Parameters,
    Progress,
    Queued,
    Reconnecting,
    Result,
    Started,
)

WAITING = Flow().exporting().sending()


@pytest.mark.parametrize(
    ("event", "message", "fraction"),
    [
        (Queued(1), "Waiting: next", None),
        (Queued(3, 12.4), "Waiting: number 3, starts in about 12 s", None),
        (Started("fill", "fill"), "Starting", 0.0),
        (Progress(3, 12, "denoising", 8.0), "Denoising, about 8 s left", 0.25),
        (Progress(0, 0, ""), "Working", None),
        (Result(0, 7, (), "broad"), "Broad is done", None),
        (Result(1, 7, ()), "Result 2 is here", 1.0),
        (Reconnecting(1, 0.5, "reset"), "Connection lost; trying again (reset)", None),
    ],
)
def test_an_event_is_told_in_words(event: Event, message: str, fraction: float | None) -> None:
    flow = WAITING.after(event)
    assert (flow.message, flow.fraction, flow.phase) == (message, fraction, Phase.WAITING)


def test_the_job_and_its_seed_are_kept() -> None:
    flow = WAITING.after(Accepted("job-1")).after(Done(7, Parameters(), {}))
    assert (flow.job_id, flow.seed) == ("job-1", 7)


def test_notices_outlive_progress() -> None:
    flow = WAITING.after(Notice("DEPTH_REDUCED", "At 8 bit.")).after(Progress(1, 2))
    assert flow.notices == ("At 8 bit.",)
    assert flow.ended("Done.").notices == ("At 8 bit.",)


def test_nothing_moves_an_edit_that_has_ended() -> None:
    ended = WAITING.ended("Cancelled.")
    assert ended.after(Progress(1, 2)) == ended


@pytest.mark.parametrize(
    ("flow", "busy"),
    [
        (Flow(), False),
        (Flow().exporting(), True),
        (WAITING, True),
        (WAITING.cancelling(), True),
        (WAITING.ready("Choose."), False),
        (WAITING.ended("Done."), False),
    ],
)
def test_cancel_is_offered_while_something_runs(flow: Flow, busy: bool) -> None:
    assert flow.busy is busy


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "about 1 s"), (59.6, "about 60 s"), (89, "about 89 s"), (150, "about 2 min")],
)
def test_times_are_told_as_people_do(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("Remove 3", "Remove 3 2"),
        ("Replace: a bowl of ripe lemons", "Replace: a bowl of ripe lemons 2"),
        ("Replace: a bowl of ripe lemons…", "Replace: a bowl of ripe… 2"),
        ("Replace: " + "x" * 22 + "…", "Replace: " + "x" * 20 + "… 2"),
    ],
)
def test_a_name_that_is_taken_gets_a_number(name: str, second: str) -> None:
    assert wording.unique(name, {name}) == second
    third = wording.unique(name, {name, second})
    assert third == second[:-1] + "3"
    taken = {name, *(f"{second[:-1]}{number}" for number in range(2, 10))}
    tenth = wording.unique(name, taken)
    assert tenth.endswith(" 10") and tenth not in taken
    assert max(len(second), len(third), len(tenth)) <= 32
    assert wording.unique(name, {"Background"}) == name
