"""A job as an engine gets it: what to do, and where its pixels lie.

Pixels lie in memory that daemon and host share, one *arena* per job, and a ``PlaneRef`` says where
in it. An arena is a file of the spool that both map, made and removed by the daemon: so a host
that dies leaves nothing behind, and a daemon that dies leaves the job's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sfumato.engines.parameters import FILL, Parameters
from sfumato.engines.target import Target
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
    def to_come(self) -> tuple[tuple[int, int], ...]:
        """The passes to be made, by variation and stage: what follows on the ``finished`` ones."""
        return tuple(
            (variation, stage)
            for variation in self.unfinished
            for stage in range(self._missing(variation), self.passes)
        )

    def _missing(self, variation: int) -> int:
        """The first stage whose result is not there; those after it are made again with it."""
        return next(
            stage
            for stage in range(self.passes)
            if self.result(variation, stage) not in self.finished
        )

    @property
    def unfinished(self) -> tuple[int, ...]:
        """The variations that are still to be made, in order."""
        return tuple(k for k in range(self.parameters.variations) if k not in self.finished)
