"""What the daemon and an engine host say to each other.

Commands go to the host, reports come back, both as small frozen objects over a pipe. Pixels never
travel here: they lie in the arena of the job (``engines.work``).
"""

from __future__ import annotations

from dataclasses import dataclass

from sfumato.engines.parameters import Parameters
from sfumato.engines.target import Instance
from sfumato.engines.work import Work
from sfumato_client.geometry import Bounds


@dataclass(frozen=True, slots=True)
class Start:
    """Take up this work."""

    work: Work


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop this work before the next step; answered by ``Cancelled``."""

    work_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Let this work stand still before the next step; answered by ``Held``."""

    work_id: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with work that is held, from where it was."""

    work_id: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Leave; running work is dropped."""


Command = Start | Cancel | Hold | Resume | Shutdown


@dataclass(frozen=True, slots=True)
class Ready:
    """The host is up. ``capacity`` is how much work it takes at once."""

    pid: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The host lives; its step under way has been running for ``step_seconds``.

    ``memory_used`` of ``memory`` bytes of its device are taken; 0 where that is not known.
    """

    step_seconds: float
    memory_used: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Turned:
    """The engine has done a step in ``seconds`` that brought ``batch`` works further."""

    batch: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """The models in the engine's hands, each with the bytes that it takes on the device now."""

    models: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """The engine raised an error, told in ``reason``; its state is unknown, so the host leaves."""

    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """``step`` of ``steps`` steps are done; ``phase`` says in a few words what is going on."""

    work_id: str
    step: int
    steps: int
    phase: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How the result looks so far: a JPEG of at most 64 kB, to be shown over ``bounds``."""

    work_id: str
    image: bytes
    bounds: Bounds
    variation: int = 0
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the artist should know: a stable code and a sentence."""

    work_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent in the host."""

    load: float = 0.0
    engine: float = 0.0
    compose: float = 0.0


@dataclass(frozen=True, slots=True)
class VariationDone:
    """All planes of this variation are written; ``seed`` makes exactly this one.

    In a recipe it is any of the results (``Work.result``), and ``resolved`` is what the first pass
    used.
    """

    work_id: str
    variation: int
    seed: int
    resolved: Parameters | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The selection that answers a question is written; it holds these, the surest first."""

    work_id: str
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The work is done and its planes are written. ``resolved`` tells the values used.

    ``environment`` has names and values of what else the result depends on, such as versions.
    """

    work_id: str
    resolved: Parameters
    timings: Timings
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The work cannot be done. ``code`` is stable UPPER_SNAKE_CASE, ``message`` a sentence.

    ``refused`` tells bad input (the artist can mend it) from a failure of the engine.
    """

    work_id: str
    code: str
    message: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The work was stopped."""

    work_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """The work stands still, and takes no place until it is resumed."""

    work_id: str


WorkReport = (
    Progress | Preview | Notice | VariationDone | Found | Held | Finished | Failed | Cancelled
)
Report = Ready | Heartbeat | Turned | Loaded | Broken | WorkReport
Ending = Finished | Failed | Cancelled
