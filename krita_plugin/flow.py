"""The life of one edit as the docker shows it: a pure state and what changes it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from enum import Enum

from sfumato_client import Cancelled, SfumatoError
from sfumato_client.events import (
    Accepted,
    Done,
    Event,
    Notice,
    Progress,
    Queued,
    Reconnecting,
    Result,
    Started,
)

from . import wording


class Phase(Enum):
    """Where an edit is."""

    IDLE = "idle"
    EXPORTING = "exporting"
    WAITING = "waiting"
    READY = "ready"
    ENDED = "ended"


@dataclass(frozen=True)
class Flow:
    """One edit's state.

    ``fraction`` of the work done, 0 to 1, or ``None`` while unknown. ``notices`` are sentences for
    the artist. ``failed`` tells an error's ``message`` from a plain one.
    """

    phase: Phase = Phase.IDLE
    message: str = ""
    fraction: float | None = None
    job_id: str = ""
    seed: int | None = None
    notices: tuple[str, ...] = ()
    failed: bool = False

    @property
    def busy(self) -> bool:
        """Whether there is something to cancel."""
        return self.phase in (Phase.EXPORTING, Phase.WAITING)

    def exporting(self) -> Flow:
        """The document is being read."""
        return Flow(Phase.EXPORTING, "Reading the picture")

    def sending(self) -> Flow:
        """The pixels are on their way."""
        return replace(self, phase=Phase.WAITING, message="Sending", fraction=None)

    def cancelling(self) -> Flow:
        """The artist pressed Cancel."""
        return replace(self, message="Cancelling", fraction=None)

    def ready(self, message: str) -> Flow:
        """The result is here and waits for the artist, who is told why."""
        return replace(self, phase=Phase.READY, message=message, fraction=None)

    def ended(self, message: str, failed: bool = False) -> Flow:
        """Nothing more will come."""
        return replace(self, phase=Phase.ENDED, message=message, fraction=None, failed=failed)

    def doing(self, phase: str) -> Flow:
        """The daemon says what goes on, in a word or two."""
        return replace(self, message=wording.progress(phase, None), fraction=None)

    def failed_by(self, error: Exception) -> Flow:
        """It ends with an error, and says so to the artist."""
        if isinstance(error, Cancelled):
            return self.ended("Cancelled.")
        if isinstance(error, SfumatoError):
            return self.ended(error.message, failed=True)
        traceback.print_exception(error)
        return self.ended(f"Something went wrong in the plugin: {error!r}.", failed=True)

    def after(self, event: Event) -> Flow:
        """The state once the daemon said ``event``."""
        if not self.busy:
            return self
        if isinstance(event, Accepted):
            return replace(self, job_id=event.job_id, message="The daemon has the edit")
        if isinstance(event, Queued):
            return replace(self, message=wording.queued(event.position, event.eta), fraction=None)
        if isinstance(event, Started):
            return replace(self, message="Starting", fraction=0.0)
        if isinstance(event, Progress):
            fraction = event.step / event.steps if event.steps else None
            return replace(
                self, message=wording.progress(event.phase, event.eta), fraction=fraction
            )
        if isinstance(event, Reconnecting):
            return replace(
                self, message=f"Connection lost; trying again ({event.reason})", fraction=None
            )
        if isinstance(event, Notice):
            return replace(self, notices=(*self.notices, event.message))
        if isinstance(event, Result) and event.stage:
            return replace(self, message=wording.stage_done(event.stage))
        if isinstance(event, Result):
            return replace(self, message=f"Result {event.variation + 1} is here", fraction=1.0)
        if isinstance(event, Done):
            return replace(self, seed=event.seed)
        return self
