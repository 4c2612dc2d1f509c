"""The life of one edit as the docker shows it: a pure state and what changes it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from enum import Enum

from sfumato_client import Accepted, Cancelled, Done, Event, Notice, SfumatoError, told


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
        now = told(event)
        flow = self if now is None else replace(self, message=now.text, fraction=now.fraction)
        if isinstance(event, Accepted):
            return replace(flow, job_id=event.job_id)
        if isinstance(event, Notice):
            return replace(flow, notices=(*flow.notices, event.message))
        if isinstance(event, Done):
            return replace(flow, seed=event.seed)
        return flow
