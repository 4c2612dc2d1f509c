"""An edit on its way to the daemon: the header that announces it, then its planes in chunks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sfumato_client.chunks import Pieces, encoded_chunk
from sfumato_client.edit import Edit, Raster, Region, Samples
from sfumato_client.errors import Refused
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.version import PROTOCOL
from sfumato_client.wire import inpainting_pb2, pixels_pb2

CHUNK_BYTES = 512 << 10

Bytes = bytes | bytearray | memoryview


class Caller(NamedTuple):
    """Who asks: an installation's id, the client's name and its version."""

    id: str
    name: str
    version: str


@dataclass(frozen=True)
class Upload:
    """An edit as it travels. ``planes`` are the encoded bytes in the header's order."""

    header: inpainting_pb2.InpaintHeader
    planes: tuple[Bytes, ...]

    @property
    def encoded_bytes(self) -> int:
        """Bytes of all planes together."""
        return sum(len(plane) for plane in self.planes)

    def requests(self) -> Iterator[inpainting_pb2.InpaintRequest | Pieces]:
        """Yield the header, then the planes' bytes in order, half a MiB at a time, uncopied."""
        yield inpainting_pb2.InpaintRequest(header=self.header)
        for index, plane in enumerate(self.planes):
            yield from chunked(index, plane)


def chunked(index: int, plane: Bytes) -> Iterator[Pieces]:
    """Yield a plane's bytes as chunks of a call's stream, half a MiB at a time, uncopied."""
    view = memoryview(plane)
    for start in range(0, len(view), CHUNK_BYTES):
        yield encoded_chunk(index, view[start : start + CHUNK_BYTES])


def pack(edit: Edit, caller: Caller, *, raw: bool) -> Upload:
    """Pack an edit; pictures as they are when ``raw``, else deflated. Selections always are.

    Deflating takes a while: call it in a worker thread. Raises ``Refused`` for an edit that cannot
    be sent: no region and no stored input, or planes that do not have their window's size.
    """
    if bool(edit.regions) == bool(edit.stored_input):
        raise Refused("An edit needs either regions or the input of an earlier job.")
    planes = _Planes(raw)
    regions = [_region(region, planes) for region in edit.regions]
    for extra in edit.extras:
        planes.add_picture(extra)
    header = inpainting_pb2.InpaintHeader(
        protocol=inpainting_pb2.ProtocolVersion(major=PROTOCOL[0], minor=PROTOCOL[1]),
        request_id=edit.request_id,
        client=inpainting_pb2.Client(id=caller.id, name=caller.name, version=caller.version),
        canvas=wire_extent(edit.canvas),
        planes=planes.announced,
        parameters=None if edit.repeat else edit.parameters,
        stages=edit.stages,
        outpaint=edit.outpaint,
        priority=edit.priority,
        on_disconnect=edit.on_disconnect,
        result=inpainting_pb2.ResultFormat(preview_side=edit.preview_side),
        private=edit.private,
        title=edit.title[:64],
        traceparent=edit.traceparent,
    )
    if edit.result_depth is not None:
        depth = pixels_pb2.DEPTH_U16 if edit.result_depth == 16 else pixels_pb2.DEPTH_U8
        header.result.depth = depth
    if edit.stored_input:
        header.stored_input.job_id = edit.stored_input
        header.stored_input.repeat = edit.repeat
    else:
        header.regions.regions.extend(regions)
    return Upload(header, tuple(planes.encoded))


class _Planes:
    """The planes collected so far."""

    def __init__(self, raw: bool) -> None:
        self._raw = raw
        self.announced: list[pixels_pb2.Plane] = []
        self.encoded: list[Bytes] = []

    def add_picture(self, raster: Raster) -> int:
        """Add a picture; return its index."""
        data = memoryview(raster.data).cast("B")
        encoded = data if self._raw else zlib.compress(data, 1)
        return self._add(raster, encoded, deflated=not self._raw)

    def add_coverage(self, extent: Extent, coverage: bytes) -> int:
        """Add a selection or mask; return its index."""
        raster = Raster(extent, Samples.GRAY, 8, coverage)
        return self._add(raster, zlib.compress(coverage, 1), deflated=True)

    def _add(self, raster: Raster, encoded: Bytes, *, deflated: bool) -> int:
        self.announced.append(
            pixels_pb2.Plane(
                extent=wire_extent(raster.extent),
                color_model=raster.samples.color_model,
                depth=raster.wire_depth,
                codec=pixels_pb2.CODEC_DEFLATE if deflated else pixels_pb2.CODEC_RAW,
                encoded_bytes=len(encoded),
            )
        )
        self.encoded.append(encoded)
        return len(self.encoded) - 1


def _region(region: Region, planes: _Planes) -> inpainting_pb2.Region:
    window = region.window.extent
    if region.picture.extent != window:
        raise Refused("A region's picture has another size than its window.")
    for coverage in _coverages(region):
        if len(coverage) != window.area:
            raise Refused("A region's selection or mask has another size than its window.")
    described = inpainting_pb2.Region(
        window=wire_bounds(region.window),
        picture=planes.add_picture(region.picture),
        selection=planes.add_coverage(window, region.selection),
    )
    if region.core is not None:
        described.core.CopyFrom(wire_bounds(region.core))
    if region.mask is not None:
        described.mask = planes.add_coverage(window, region.mask)
    return described


def _coverages(region: Region) -> Sequence[bytes]:
    return [region.selection] if region.mask is None else [region.selection, region.mask]


def wire_extent(extent: Extent) -> pixels_pb2.Extent:
    """Tell a size on the wire."""
    return pixels_pb2.Extent(width=extent.width, height=extent.height)


def wire_bounds(bounds: Bounds) -> pixels_pb2.Bounds:
    """Tell bounds on the wire."""
    return pixels_pb2.Bounds(x=bounds.x, y=bounds.y, width=bounds.width, height=bounds.height)
