"""What a job tells its client, in the order of its life."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfumato_client.edit import Raster
from sfumato_client.geometry import Bounds
from sfumato_client.wire.parameters_pb2 import Parameters


@dataclass(frozen=True)
class Accepted:
    """The daemon holds the job. ``existing``: it did so before, under the same request id."""

    job_id: str
    existing: bool = False


@dataclass(frozen=True)
class Reconnecting:
    """The connection broke; the client tries again in ``delay`` seconds. Not from the daemon."""

    attempt: int
    delay: float
    reason: str


@dataclass(frozen=True)
class Queued:
    """The job waits; position 1 is next, 0 while it is paused; ``eta`` in seconds if known."""

    position: int
    eta: float | None = None


@dataclass(frozen=True)
class Started:
    """An engine works on it."""

    engine: str
    model: str


@dataclass(frozen=True)
class Progress:
    """``step`` of ``steps``; ``eta`` in seconds if known; ``phase`` for people."""

    step: int
    steps: int
    phase: str = ""
    eta: float | None = None


@dataclass(frozen=True)
class Preview:
    """A JPEG or WebP file to be shown over ``bounds``; ``draft``: a quick sketch only."""

    bounds: Bounds
    image: bytes = field(repr=False)
    variation: int = 0
    draft: bool = False


@dataclass(frozen=True)
class Notice:
    """Something the artist should know: a stable code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Piece:
    """The result over one region's window: colour, and M (one byte a pixel) as its mask."""

    bounds: Bounds
    color: Raster
    mask: bytes = field(repr=False)


@dataclass(frozen=True)
class Result:
    """One variation, whole. Pieces are laid down in order. ``stage`` names an intermediate one."""

    variation: int
    seed: int
    pieces: tuple[Piece, ...]
    stage: str = ""


@dataclass(frozen=True)
class Done:
    """The job is done: its seed, everything as it was used, and the seconds it took by stage."""

    seed: int
    resolved: Parameters
    timings: dict[str, float]


Event = Accepted | Reconnecting | Queued | Started | Progress | Preview | Notice | Result | Done
