"""The moments of a job's life, told to whoever watches the daemon: its log, metrics and traces.

All of them hear the same frozen facts through one ``Observe``, so none can know what another does
not. Most are made of the very events that clients are told (``Teller``), so that they cannot
differ from what the client saw. Nothing here holds a prompt, a title, a token or a pixel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sfumato.engines.messages import Notice, VariationDone
from sfumato.jobs.events import Cancelled, Done, Failed, JobEvent, Started, Timings
from sfumato.jobs.job import Job, JobState, Priority


@dataclass(frozen=True, slots=True)
class About:
    """Whose moment it is. ``trace`` is the client's W3C trace context, empty without one."""

    job: str
    owner: str
    engine: str
    model: str
    priority: Priority
    trace: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """``at`` is in seconds since 1970, by the daemon's clock."""

    at: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True, slots=True)
class Accepted(_Moment):
    """A job is written down. Its ``received`` bytes of pixels took ``seconds`` to come."""

    about: About
    received: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Begun(_Moment):
    """An engine works on the job, which ``waited`` seconds since it last joined the queue."""

    about: About
    waited: float


@dataclass(frozen=True, slots=True)
class Stepped(_Moment):
    """An engine has done a step in ``seconds``, for ``batch`` jobs at once."""

    engine: str
    device: str
    batch: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Composed(_Moment):
    """A variation of the job is finished and readable."""

    about: About
    variation: int


@dataclass(frozen=True, slots=True)
class Noticed(_Moment):
    """The artist was told something of the job, such as that its engine was lost: a code."""

    about: About
    code: str


@dataclass(frozen=True, slots=True)
class Ended(_Moment):
    """The job is over. ``code`` says why it failed, empty otherwise; ``steps`` it came to."""

    about: About
    state: JobState
    code: str
    steps: int
    timings: Timings


@dataclass(frozen=True, slots=True)
class Sent(_Moment):
    """``size`` bytes of a variation's pixels went to a client in ``seconds``.

    ``whole`` is False where the client went away, or was sent away, before it had all.
    """

    about: About
    variation: int
    size: int
    seconds: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Delivered(_Moment):
    """The owner has been sent everything up to the ending, for the first time."""

    about: About


@dataclass(frozen=True, slots=True)
class Inserted(_Moment):
    """The client has made a layer of a result.

    It says how many seconds ago the artist ``asked`` for the edit, its first byte was ``sent`` and
    the ``inserting`` began.
    """

    about: About
    asked: float
    sent: float
    inserting: float


@dataclass(frozen=True, slots=True)
class Refused(_Moment):
    """A call was turned away: ``reason`` is that of its status. ``loud`` unless it is a flood."""

    method: str
    reason: str
    peer: str
    loud: bool


Moment = (
    Accepted | Begun | Stepped | Composed | Noticed | Ended | Sent | Delivered | Inserted | Refused
)
Observe = Callable[[Moment], None]
"""Hears every moment as it happens, on the event loop: it returns at once, and never raises."""


def unobserved(moment: Moment) -> None:
    """Nobody watches."""


def about(job: Job) -> About:
    """The facts that all moments of a job repeat."""
    return About(
        job=job.id,
        owner=job.owner,
        engine=job.engine,
        model=job.model,
        priority=job.submission.priority,
        trace=job.submission.trace,
    )


def accepted(job: Job) -> Accepted:
    """A job that was just taken."""
    submission = job.submission
    # As of when it began to wait: it was written down since.
    at = job.created_at.timestamp()
    return Accepted(about(job), submission.received_bytes, submission.receive_seconds, at=at)


class Teller:
    """Makes moments of what a job tells its watchers, from now on."""

    def __init__(self, job: Job, observe: Observe) -> None:
        self._job = job
        self._observe = observe
        self._waited = job.timings.queue
        job.events.tap(self._tell)

    def _tell(self, event: JobEvent) -> None:
        moment = self._moment(event)
        if moment is not None:
            self._observe(moment)

    def _moment(self, event: JobEvent) -> Moment | None:
        job, whose = self._job, about(self._job)
        match event:
            case Started():
                before, self._waited = self._waited, job.timings.queue
                return Begun(whose, self._waited - before)
            case VariationDone():
                return Composed(whose, event.variation)
            case Notice():
                return Noticed(whose, event.code)
            case Done() | Failed() | Cancelled():
                code = event.code if isinstance(event, Failed) else ""
                return Ended(whose, job.state, code, job.step, job.timings)
            case _:
                return None
