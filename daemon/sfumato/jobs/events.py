"""What a job tells those who watch it, and how any number of them can watch.

Of every kind of event only the latest counts: a watcher who reads slowly misses old progress and
old previews, never a notice, a variation or the end. So what waits for a watcher is bounded, and
nobody ever waits for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass

from sfumato.engines.messages import Found, Notice, Preview, VariationDone
from sfumato.engines.parameters import Parameters
from sfumato.jobs.errors import ShuttingDown


@dataclass(frozen=True, slots=True)
class Queued:
    """The job waits; position 1 is next for its engine. ``eta``: seconds until it starts."""

    position: int
    eta: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """An engine works on the job."""

    engine: str
    model: str


@dataclass(frozen=True, slots=True)
class Progress:
    """``step`` of ``steps`` steps are done; ``eta``: seconds until the end."""

    step: int
    steps: int
    phase: str
    eta: float | None


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the job's time went, in seconds by stage. Logs, metrics and traces tell all of them."""

    receive: float = 0.0
    queue: float = 0.0
    load: float = 0.0
    engine: float = 0.0
    compose: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """The job is done; all its variations were told before."""

    seed: int
    resolved: Parameters
    timings: Timings


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without a result: a stable code and a sentence for a person.

    ``refused`` tells bad input, which the artist can mend, from a failure of the daemon.
    """

    code: str
    message: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was ended on purpose; ``message`` says by whom."""

    message: str


Ending = Done | Failed | Cancelled
JobEvent = Queued | Started | Progress | Preview | Notice | VariationDone | Found | Ending


def kind(event: JobEvent) -> Hashable:
    """Events of one kind replace each other."""
    match event:
        case Preview(variation=variation) | VariationDone(variation=variation):
            return type(event).__name__, variation
        case Notice(code=code):
            return "notice", code
        case Queued() | Started():
            return "place"
        case Done() | Failed() | Cancelled():
            return "ending"
        case Progress():
            return "progress"
        case Found():
            return "found"


class EventLog:
    """The latest event of every kind, and the watchers to whom all are told."""

    def __init__(self) -> None:
        self._latest: dict[Hashable, JobEvent] = {}
        self._watchers: set[_Watcher] = set()
        self._taps: list[Callable[[JobEvent], None]] = []
        self._closed = False
        self.ending: Ending | None = None

    @property
    def notices(self) -> list[Notice]:
        """All that the artist should know of the job."""
        return [event for event in self._latest.values() if isinstance(event, Notice)]

    @property
    def preview(self) -> Preview | None:
        """The latest preview of a job that runs."""
        previews = [event for event in self._latest.values() if isinstance(event, Preview)]
        return previews[-1] if previews else None

    def publish(self, event: JobEvent) -> None:
        """Tell everybody, now and later. Nothing may follow an ``Ending``."""
        assert self.ending is None, f"{event} after {self.ending}"
        if isinstance(event, Ending):
            self.ending = event
            # Who comes later wants the results, not how they came to be.
            self._latest = {
                key: value
                for key, value in self._latest.items()
                if isinstance(value, Started | Notice | VariationDone | Found)
            }
        _replace(self._latest, event)
        for watcher in self._watchers:
            watcher.tell(event)
        for heard in self._taps:
            heard(event)
        if self.ending is not None:
            self._taps.clear()  # They hold the job, which holds this: the end is all they wait for.

    def tap(self, heard: Callable[[JobEvent], None]) -> None:
        """Let ``heard`` hear every event up to the ending, also those that watchers may miss."""
        self._taps.append(heard)

    def forget_attempt(self) -> None:
        """Drop progress and previews of an attempt that came to nothing."""
        for key, event in list(self._latest.items()):
            if isinstance(event, Progress | Preview):
                del self._latest[key]

    def close(self) -> None:
        """The daemon goes away before the job's end: nothing more will be told here."""
        self._closed = True
        for watcher in self._watchers:
            watcher.told.set()

    async def watch(self) -> AsyncGenerator[JobEvent]:
        """The latest of each kind, then what comes, up to the ending.

        Raises ``ShuttingDown`` when there will be none.
        """
        watcher = _Watcher(self._latest)
        self._watchers.add(watcher)
        try:
            while True:
                if not (watcher.unread or self._closed):
                    await watcher.told.wait()
                if not watcher.unread:
                    raise ShuttingDown("The daemon is shutting down. The edit goes on after that.")
                event = watcher.take()
                yield event
                if isinstance(event, Ending):
                    return
        finally:
            self._watchers.discard(watcher)


class _Watcher:
    """What one watcher has not read yet."""

    def __init__(self, latest: dict[Hashable, JobEvent]) -> None:
        self.unread = dict(latest)
        self.told = asyncio.Event()

    def tell(self, event: JobEvent) -> None:
        _replace(self.unread, event)
        self.told.set()

    def take(self) -> JobEvent:
        self.told.clear()
        return self.unread.pop(next(iter(self.unread)))


def _replace(events: dict[Hashable, JobEvent], event: JobEvent) -> None:
    """Put the event last, in place of the one of its kind: order is that of the latest news."""
    events.pop(kind(event), None)
    events[kind(event)] = event
