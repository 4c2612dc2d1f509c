"""What the docker shows follows from what the daemon says."""

from __future__ import annotations

import pytest

from krita_plugin.flow import Flow, Phase
from sfumato_client import (
    Accepted,
    Done,
    Event,
    Notice,
    Parameters,
    Progress,
    Queued,
)

WAITING = Flow().exporting().sending()


@pytest.mark.parametrize(
    ("event", "message", "fraction"),
    [
        (Queued(3, 12.4), "Waiting: number 3, starts in about 12 s", None),
        (Progress(3, 12, "denoising", 8.0), "Denoising, about 8 s left", 0.25),
        (Notice("DEPTH_REDUCED", "At 8 bit."), "Sending", None),
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
