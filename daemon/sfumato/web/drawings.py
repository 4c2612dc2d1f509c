"""Which pictures of a job can be asked for, and what it takes to draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sfumato.engines.work import Work
from sfumato.jobs.job import Job
from sfumato.service.status import invalid, not_found

MAX_SIDE = 4096

Kind = Literal["before", "mask", "after"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture to be drawn from a job's arena.

    ``before`` is what the job's windows showed together, ``mask`` how opaque the result lies over
    it, ``after`` both laid together, for ``variation``. ``side`` is the most pixels a side has, for
    the eye; 0 is the whole picture, lossless and at its own depth, for a file.
    """

    work: Work
    kind: Kind
    variation: int
    side: int

    @property
    def media_type(self) -> str:
        """The type of the drawn file."""
        return "image/webp" if self.side else "image/png"


def drawing(job: Job, kind: str, query: Mapping[str, str]) -> Drawing:
    """The picture that somebody asks for; a ``Refusal`` if there is none, or not any more."""
    variation, side = _number(query, "variation", 0), _number(query, "side", 1600)
    if side > MAX_SIDE:
        raise invalid("side", f"side is {side}, not 0 to {MAX_SIDE}.")
    if not job.arena_kept:
        raise not_found("PICTURES_GONE", "The daemon no longer has the pictures of this job.")
    match kind:
        case "before":
            return Drawing(job.work, "before", 0, side)
        case "mask" if job.seeds:  # Written with the first result.
            return Drawing(job.work, "mask", 0, side)
        case "after" if variation in job.seeds:
            return Drawing(job.work, "after", variation, side)
    raise not_found("UNKNOWN_PICTURE", "There is no such picture of this job.")


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise invalid(name, f"{name} is no small number.")
    return int(text)
