"""The pictures that the daemon keeps of a job, as it sends them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sfumato_client.edit import Raster
from sfumato_client.errors import Protocol
from sfumato_client.geometry import Bounds
from sfumato_client.incoming import IncomingPlane
from sfumato_client.result import bounds_of
from sfumato_client.wire import jobs_pb2


@dataclass(frozen=True)
class StoredPlane:
    """One plane of a job.

    ``role`` is ``picture``, ``selection``, ``mask``, ``control`` or ``reference`` of the inputs,
    ``color`` (of a ``variation``) or ``result_mask`` of the results. ``index`` counts the regions,
    or the extra pictures, which have no ``bounds`` on the canvas.
    """

    role: str
    index: int
    variation: int
    bounds: Bounds | None
    raster: Raster


async def stored_planes(
    replies: AsyncIterator[jobs_pb2.ReadJobResponse], total_bytes: int
) -> AsyncIterator[StoredPlane]:
    """Put replies of ``ReadJob`` together; ``Protocol`` for more than ``total_bytes`` pixels."""
    announced: jobs_pb2.StoredPlane | None = None
    plane: IncomingPlane | None = None
    async for reply in replies:
        if reply.HasField("plane"):
            if plane is not None:
                raise Protocol("The daemon broke off a picture in the middle.")
            announced, plane = reply.plane, IncomingPlane(reply.plane.plane)
            total_bytes -= plane.raw_bytes
            if total_bytes < 0:
                raise Protocol("The daemon announced more pictures than an edit can have.")
        elif plane is not None:
            plane.add(reply.chunk.data)
        if plane is not None and announced is not None and plane.whole:
            yield _stored(announced, plane.raster())
            plane = None
    if plane is not None:
        raise Protocol("The daemon broke off a picture in the middle.")


def _stored(announced: jobs_pb2.StoredPlane, raster: Raster) -> StoredPlane:
    bounds = bounds_of(announced.bounds) if announced.HasField("bounds") else None
    if bounds is not None and bounds.extent != raster.extent:
        raise Protocol("The daemon sent a plane whose size disagrees with its place.")
    return StoredPlane(announced.role, announced.index, announced.variation, bounds, raster)
