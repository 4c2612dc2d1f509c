from __future__ import annotations

from collections.abc import Callable

import pytest

from gimp_plugin.outcome import Outcome, carry_out
from sfumato_client import (
    Accepted,
    Cancelled,
    Done,
    Edit,
    Event,
    Extent,
    JobFailed,
    Notice,
    Parameters,
    Progress,
    Result,
    SfumatoError,
)

EDIT = Edit(Extent(8, 8), Parameters())
WHOLE = (
    Accepted("job"),
    Progress(1, 2),
    Notice("CODE", "Mind the gap."),
    Result(0, 7, (), stage="draft"),
    Result(0, 7, ()),
    Result(1, 8, ()),
    Done(7, Parameters(), {}),
)


class Script:
    """A client whose job tells these events and ends so."""

    def __init__(self, events: tuple[Event, ...], error: SfumatoError | None = None) -> None:
        self._events, self._error = events, error

    def submit(
        self,
        edit: Edit,
        listener: Callable[[Event], None],
        ended: Callable[[SfumatoError | None], None],
    ) -> None:
        """Play it at once, on this thread."""
        for event in self._events:
            listener(event)
        ended(self._error)


def test_an_outcome_has_whole_results_and_notices_but_no_stages() -> None:
    shown: list[Event] = []
    outcome = carry_out(Script(WHOLE), EDIT, shown.append)  # type: ignore[arg-type]
    assert outcome == Outcome("job", [*WHOLE[4:6]], ["Mind the gap."], WHOLE[-1])
    assert shown == list(WHOLE)


def test_the_jobs_error_is_raised() -> None:
    with pytest.raises(Cancelled):
        carry_out(Script(WHOLE[:2], Cancelled("Stopped.")), EDIT, lambda _: None)  # type: ignore[arg-type]


def test_a_job_without_a_result_has_failed() -> None:
    with pytest.raises(JobFailed):
        carry_out(Script(WHOLE[:2]), EDIT, lambda _: None)  # type: ignore[arg-type]
