"""The engine protocol: what an engine can do, and how it advances work one step at a time.

An engine lives in an engine host (``engines.worker``), which feeds it work and calls ``step`` in a
loop. A step is short: between two steps cancels are heard, new work joins and previews leave. So
one loop serves an engine that does one thing after another and one that batches many requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sfumato.engines.messages import WorkReport
from sfumato.engines.parameters import Gray, Operation
from sfumato.engines.work import Work


class Refused(Exception):
    """The work cannot be done as asked; the message tells the artist what to change.

    ``code`` is stable and in UPPER_SNAKE_CASE, for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What the daemon knows of an engine without importing it.

    ``factory`` is ``"package.module:Class"``, called in the host with ``device`` and ``options``.
    ``capacity`` is how much work it takes at once; held work does not count. ``interruptible`` is
    False for engines that spend more than 100 ms in calls that cannot be stopped: a cancel then
    ends the host's process, which costs nobody else anything as such an engine's capacity is 1, and
    held work begins anew. ``prespawn`` starts the host with the daemon and again after a loss, so
    that no edit waits for it; ``idle_seconds`` without work end the process, which gives all its
    memory back. On another computer, ``node`` is the cluster's name of it, and ``place`` what
    people call the device there.
    """

    name: str
    factory: str
    device: str = "cpu"
    options: tuple[tuple[str, str], ...] = ()
    capacity: int = 1
    interruptible: bool = True
    prespawn: bool = False
    idle_seconds: float = 300.0
    operations: tuple[Operation, ...] = (Operation.REMOVE,)
    gray: tuple[Gray, ...] = (Gray.BLEND,)
    node: str = ""
    place: str = ""

    @property
    def where(self) -> str:
        """The device, as people tell it from others."""
        return self.place or self.device


class Engine(Protocol):
    """Work in, reports out, a step at a time. Used from one thread."""

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""

    @property
    def loaded(self) -> Mapping[str, int]:
        """The models that it has loaded, and how many bytes each takes on the device now."""

    def start(self, work: Work) -> None:
        """Take up work; raise ``Refused`` if it cannot be done."""

    def step(self) -> Iterable[WorkReport]:
        """Advance what is running by one step and report; work ends with one ``Ending``."""

    def hold(self, work_id: str) -> None:
        """Let this work stand still, at little cost, until it is resumed or cancelled."""

    def resume(self, work_id: str) -> None:
        """Go on with held work from where it was; the steps to come give what they would have."""

    def cancel(self, work_id: str) -> None:
        """Forget this work. Unknown ids are ignored: it may have ended meanwhile."""

    def close(self) -> None:
        """Give back memory and devices."""
