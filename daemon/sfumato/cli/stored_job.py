"""A job of the daemon's history with the pictures that are kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato.cli.failures import BadInput
from sfumato.cli.rasters import pixels_of
from sfumato.imaging.compose import laid
from sfumato.imaging.depth import Pixels, converted
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
        pictures = self.of("picture")
        whole = _union(pictures)
        samples = pixels_of(pictures[0].raster)
        several = len(pictures) > 1 and samples.shape[2] in (1, 3)
        shape = (whole.height, whole.width, samples.shape[2] + several)
        canvas = np.zeros(shape, samples.dtype)
        for place, picture in zip(_places(pictures, whole), pictures, strict=True):
            canvas[place][..., : samples.shape[2]] = pixels_of(picture.raster)
            if several:
                canvas[place][..., -1] = np.iinfo(samples.dtype).max
        return canvas

    def after(self, variation: int) -> Pixels:
        """The same with a variation laid over it."""
        colors, masks = self.of("color", variation), self.of("result_mask")
        canvas = self.before()
        for place, color, mask in zip(_places(colors, _union(colors)), colors, masks, strict=True):
            over, covered = pixels_of(color.raster), coverage_of(mask)
            part = canvas[place][..., : over.shape[2]]
            part[:] = laid(part, converted(over, canvas.dtype), covered)
        return canvas


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


def _union(planes: list[StoredPlane]) -> Bounds:
    whole = _bounds(planes[0])
    for plane in planes[1:]:
        whole = whole.union(_bounds(plane))
    return whole


def _places(planes: list[StoredPlane], whole: Bounds) -> Iterator[tuple[slice, slice]]:
    for plane in planes:
        place = _bounds(plane).relative_to(whole)
        yield np.s_[place.y : place.bottom, place.x : place.right]


def _bounds(plane: StoredPlane) -> Bounds:
    assert plane.bounds is not None, plane.role
    return plane.bounds
