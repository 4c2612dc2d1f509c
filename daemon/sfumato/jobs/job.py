"""A job: one edit in the daemon's hands, from its acceptance to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.jobs.events import EventLog, Failed, Timings


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    PAUSED = "paused"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return not _AFTER[self]

    @property
    def waits(self) -> bool:
        """Whether no engine works on it now."""
        return self in (JobState.QUEUED, JobState.PAUSED)


_AFTER: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset(
        {JobState.PAUSED, JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}),
    # Back to the queue when it yields, or when its engine host was lost.
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.PAUSED, JobState.DONE, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Priority(IntEnum):
    """The class of a waiting job; lower runs first."""

    LIVE = 0
    INTERACTIVE = 1
    BATCH = 2


class OnDisconnect(StrEnum):
    """What becomes of a job that nobody watches any more."""

    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Submission:
    """A job as it is handed in: its arena is written, its parameters are checked.

    ``work.id`` becomes the job's id and ``engine`` names a spec. ``request_id`` is the owner's
    idempotency key and ``digest`` tells whether two requests are the same. ``client_id`` is that
    of one editor's installation, ``client`` its name. One that is ``alone`` shares no step with
    other jobs. ``receive_seconds`` went by between the first byte and now, for ``received_bytes``
    of pixels. ``trace`` is the client's W3C trace context.
    """

    owner: str
    request_id: str
    digest: str
    engine: str
    work: Work
    client: str = ""
    client_id: str = ""
    title: str = ""
    priority: Priority = Priority.INTERACTIVE
    on_disconnect: OnDisconnect = OnDisconnect.KEEP
    private: bool = False
    alone: bool = False
    receive_seconds: float = 0.0
    received_bytes: int = 0
    trace: str = ""


@dataclass(eq=False, slots=True, weakref_slot=True)
class Job:
    """One edit and all that is known of it. Changed by the jobs layer alone, read by everybody.

    ``arrival`` is its place among its owner's, at first by submission. ``seeds`` has the seed of
    each result (``Work.result``) that is done and readable in the arena, ``inherited`` are those
    of earlier attempts, ``digests`` their fingerprints (``jobs.digests``) and ``environment`` what
    else they depend on. ``step`` of ``steps`` are done while it runs or stands still, and ``phase``
    says what was going on then. ``worked`` are the seconds it ran before it last stood still.
    ``arena_kept`` tells whether its pictures are still there. ``cancelling`` says why it is being
    cancelled, or was, ``pausing`` that its owner wants it to stand still. ``losses`` counts the
    hosts that died under it; it ``avoids`` the last one. ``place`` is the position its watchers
    were told last. Times are UTC. What its successor must know of a job is in
    ``jobs.course``.
    """

    submission: Submission
    arrival: int
    on_disconnect: OnDisconnect
    state: JobState = JobState.QUEUED
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    ended_at: datetime | None = None
    events: EventLog = field(default_factory=EventLog)
    step: int = 0
    steps: int = 0
    phase: str = ""
    first_step: tuple[int, float] | None = None
    inputs_digest: str = ""
    seeds: dict[int, int] = field(default_factory=dict)
    inherited: frozenset[int] = frozenset()
    digests: dict[int, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    resolved: Parameters | None = None
    timings: Timings = field(default_factory=Timings)
    failure: Failed | None = None
    arena_kept: bool = True
    delivered: bool = False
    cancelling: str = ""
    pausing: bool = False
    worked: float = 0.0
    losses: int = 0
    avoids: str = ""
    watchers: int = 0
    place: int = 0
    moved_at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        """Its name; unguessable."""
        return self.submission.work.id

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.submission.owner

    @property
    def engine(self) -> str:
        """The name of the engine that is to do it."""
        return self.submission.engine

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.submission.work.model

    @property
    def work(self) -> Work:
        """What was asked."""
        return self.submission.work

    @property
    def attempt(self) -> Work:
        """What the engine gets: what earlier attempts have made is not made again."""
        return replace(self.work, finished=self.inherited, resolved=self.resolved)

    @property
    def is_question(self) -> bool:
        """Whether it asks what to select. It lives as long as the call that asks."""
        return self.work.target is not None

    @property
    def pixels(self) -> int:
        """Its size as a measure of time: the pixels that this attempt has to make."""
        return size(self.attempt)

    @property
    def pace(self) -> float | None:
        """Seconds a step, since the first that was reported: what came before was preparation."""
        if self.first_step is None or self.step <= self.first_step[0]:
            return None
        step, at = self.first_step
        return (time.monotonic() - at) / (self.step - step)

    @property
    def seconds_in_state(self) -> float:
        """How long it has been where it is."""
        return time.monotonic() - self.moved_at

    @property
    def seconds_worked(self) -> float:
        """How long engines have worked on it, in this attempt."""
        running = self.state is JobState.RUNNING
        return self.worked + (self.seconds_in_state if running else 0.0)

    def begin_anew(self) -> None:
        """What was begun is lost; what was done is inherited."""
        self.inherited = frozenset(self.seeds)
        self.step = self.steps = self.place = 0
        self.phase = ""
        self.worked = 0.0
        self.first_step = None
        self.events.forget_attempt()

    def advance(self, step: int, steps: int, phase: str = "") -> None:
        """``step`` of ``steps`` are done, and ``phase`` is going on."""
        self.step, self.steps, self.phase = step, steps, phase
        if self.first_step is None:
            self.first_step = step, time.monotonic()

    def move(self, state: JobState) -> None:
        """Enter another state; ``ValueError`` if that does not follow on the one it is in."""
        if state not in _AFTER[self.state]:
            raise ValueError(f"a {self.state} job cannot become {state}")
        self.worked, self.first_step = self.seconds_worked, None
        if state is JobState.RUNNING:
            self.started_at = self.started_at or datetime.now(UTC)
        elif state.ended:
            self.ended_at = datetime.now(UTC)
        self.state = state
        self.moved_at = time.monotonic()


def size(work: Work) -> int:
    """The pixels of all windows in all variations and passes that are to come."""
    return sum(region.window.area for region in work.regions) * len(work.to_come)
