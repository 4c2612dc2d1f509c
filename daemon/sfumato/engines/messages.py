"""What the daemon and an engine host say to each other.

Commands go to the host, reports come back, both as small frozen objects over a pipe. Pixels never
travel here: they lie in memory that both share, one *arena* per job, and a ``PlaneRef`` says where
in it. An arena is a file of the spool that both map, made and removed by the daemon: so a host
that dies leaves nothing behind, and a daemon that dies leaves the job's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sfumato.engines.parameters import FILL, Parameters
from sfumato.engines.target import Instance, Target
from sfumato_client.geometry import Bounds, Extent


@dataclass(frozen=True, slots=True)
class PlaneRef:
    """One array in an arena (``engines.arena``).

    ``shape`` is ``(height, width, samples)``, or ``(height, width)`` for selections and masks;
    ``dtype`` is ``"uint8"`` or ``"uint16"`` (native byte order); ``offset`` is in bytes.
    """

    offset: int
    shape: tuple[int, ...]
    dtype: Literal["uint8", "uint16"]


@dataclass(frozen=True, slots=True)
class RegionWork:
    """One piece of the canvas: where it lies, its inputs, and the room for its outputs.

    ``window`` and ``core`` are canvas coordinates; all planes have the window's size. ``picture``
    is gray, gray-alpha, RGB or RGBA (1 to 4 samples, sRGB, straight alpha) and ``selection`` is S.
    ``mask`` is M if the client made it, else None and the host makes it. The host writes
    ``result_mask`` (M inside the core, 0 outside) and ``colors``, one plane per variation with
    the picture's shape and the wanted depth: generated where M > 0, the original elsewhere. In a
    recipe those of its earlier passes follow (``Work.result``); ``before`` is then room for the
    picture that a later pass begins from, ``ring`` for the mask of one over the border, and
    ``ring_mask`` for what such a pass leaves as its ``result_mask``.
    """

    window: Bounds
    core: Bounds
    picture: PlaneRef
    selection: PlaneRef
    mask: PlaneRef | None
    result_mask: PlaneRef
    colors: tuple[PlaneRef, ...]
    before: PlaneRef | None = None
    ring: PlaneRef | None = None
    ring_mask: PlaneRef | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One pass of a recipe: what it does, resolved, and whether its result is told by itself.

    With ``boundary`` it passes over the border of what was made alone. Grow, feather, seed and
    variations are those of the whole work.
    """

    name: str
    parameters: Parameters
    emit: bool = False
    boundary: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One job as an engine gets it. ``arena`` is the path of the shared file, ``id`` the job.

    ``finished`` are the results (``result``) that an earlier attempt has made: they lie in the
    arena, and are neither made nor reported again; ``resolved`` is what its first pass used, if
    that was done. ``known`` is where the picture lies on a canvas that has grown
    around it, None for one that has not. With a ``target`` it is a question: what to select. That
    has one region without colours, whose ``selection`` is the answer and written by the host. With
    ``stages`` it is a recipe of several passes; ``parameters`` are those of the first. ``thrift``
    is how an engine saved memory when it did this before, in its own word; empty: it is free.
    """

    id: str
    arena: str
    canvas: Extent
    regions: tuple[RegionWork, ...]
    parameters: Parameters
    extras: tuple[PlaneRef, ...] = ()
    preview_side: int = 0
    finished: frozenset[int] = frozenset()
    resolved: Parameters | None = None
    known: Bounds | None = None
    target: Target | None = None
    stages: tuple[Stage, ...] = ()
    thrift: str = ""

    @property
    def model(self) -> str:
        """The model that its engine has to have at hand first; fills need none."""
        named = [stage.parameters.model for stage in self.stages] or [self.parameters.model]
        return next((model for model in named if model != FILL), named[0])

    @property
    def passes(self) -> int:
        """How many results each variation has, the last and those on the way."""
        return max(1, len(self.stages))

    def result(self, variation: int, stage: int) -> int:
        """Which of the results is a stage's: the last stages' come first, one a variation."""
        last = stage == self.passes - 1
        return variation if last else self.parameters.variations * (1 + stage) + variation

    def made_by(self, result: int) -> tuple[int, str]:
        """Of which variation a result is, and of which stage; the last one's name is empty."""
        stage, variation = divmod(result, self.parameters.variations)
        return variation, self.stages[stage - 1].name if stage else ""

    def wanted(self, result: int) -> bool:
        """Whether a result is told to clients; the others are there to go on from."""
        stage, _ = divmod(result, self.parameters.variations)
        return not stage or self.stages[stage - 1].emit

    @property
    def unfinished(self) -> tuple[int, ...]:
        """The variations that are still to be made, in order."""
        return tuple(k for k in range(self.parameters.variations) if k not in self.finished)


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
