"""What a job brought, gathered from its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from sfumato_client import (
    Accepted,
    Client,
    Done,
    Edit,
    Event,
    JobFailed,
    Notice,
    Result,
    SfumatoError,
)


@dataclass
class Outcome:
    """Grows with every event of one job; whole once ``done`` is there."""

    job: str = ""
    results: list[Result] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    done: Done | None = None

    def take(self, event: Event) -> None:
        """Note what an event tells."""
        if isinstance(event, Accepted):
            self.job = event.job_id
        elif isinstance(event, Result) and not event.stage:
            self.results.append(event)
        elif isinstance(event, Notice):
            self.notices.append(event.message)
        elif isinstance(event, Done):
            self.done = event


@dataclass(frozen=True)
class _Ended:
    error: SfumatoError | None


def carry_out(client: Client, edit: Edit, show: Callable[[Event], None]) -> Outcome:
    """Run an edit to its end on the calling thread, which also gets every event to ``show``.

    Raises the job's error.
    """
    outcome = Outcome()
    events: SimpleQueue[Event | _Ended] = SimpleQueue()
    client.submit(edit, events.put, lambda error: events.put(_Ended(error)))
    while not isinstance(event := events.get(), _Ended):
        outcome.take(event)
        show(event)
    if event.error is not None:
        raise event.error
    if outcome.done is None or not outcome.results:
        raise JobFailed("The daemon ended the job without a result; its log says more.")
    return outcome
