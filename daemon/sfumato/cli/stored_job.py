"""A job of the daemon's history with the pictures that are kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato.cli.failures import BadInput
from sfumato.cli.rasters import pixels_of
from sfumato.imaging.depth import Pixels
from sfumato.imaging.windows import Piece, joined, laid_over
from sfumato_client.errors import NotFound
from sfumato_client.geometry import Bounds
from sfumato_client.session import Session
from sfumato_client.stored import StoredPlane
from sfumato_client.wire.jobs_pb2 import GetJobResponse

SHORT = 8
"""Characters of a job's id that are shown; any unambiguous beginning names it."""


@dataclass(frozen=True)
class StoredJob:
    """What was recorded of a job, and its planes."""

    record: GetJobResponse
    planes: tuple[StoredPlane, ...]

    def of(self, role: str, variation: int = 0) -> list[StoredPlane]:
        """The planes of a role in the order of the regions, or of the extra pictures."""
        found = [p for p in self.planes if (p.role, p.variation) == (role, variation)]
        return sorted(found, key=lambda plane: plane.index)

    @property
    def variations(self) -> list[int]:
        """The variations whose results are kept."""
        return sorted({plane.variation for plane in self.planes if plane.role == "color"})

    def before(self) -> Pixels:
        """The windows of the picture as they were sent, together; alpha is 0 between them."""
        return joined(_pieces(self.of("picture")))

    def after(self, variation: int) -> Pixels:
        """The same with a variation laid over it."""
        masks = [coverage_of(mask) for mask in self.of("result_mask")]
        return laid_over(self.before(), _pieces(self.of("color", variation)), masks)


def coverage_of(plane: StoredPlane) -> NDArray[np.uint8]:
    """A selection or mask as (height, width)."""
    return pixels_of(plane.raster)[..., 0].astype(np.uint8, copy=False)


async def whole_id(session: Session, beginning: str) -> str:
    """The id of the owner's only job that begins so; ``NotFound`` or ``BadInput`` without."""
    found = [job.job_id async for job in session.jobs() if job.job_id.startswith(beginning)]
    if beginning in found:
        return beginning
    if not found:
        raise NotFound(f"No job of yours begins with {beginning!r}; `sfumato history` lists them.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} jobs begin with {beginning!r}; write more of the id.")
    return found[0]


async def fetch(session: Session, job_id: str, *, inputs: bool, results: bool) -> StoredJob:
    """A job with its pictures; ``NotFound`` if they are no longer kept."""
    record = await session.job(job_id)
    read = session.read(job_id, inputs=inputs, results=results)
    return StoredJob(record, tuple([plane async for plane in read]))


def _pieces(planes: list[StoredPlane]) -> list[Piece]:
    return [Piece(_bounds(plane), pixels_of(plane.raster)) for plane in planes]


def _bounds(plane: StoredPlane) -> Bounds:
    assert plane.bounds is not None, plane.role
    return plane.bounds
