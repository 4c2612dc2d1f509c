"""A result on its way in: announced, checked, and filled chunk by chunk.

Sizes are checked against what was asked before a byte is buffered, and inflating is bounded by the
announced size, so that a broken or hostile peer cannot fill the editor's memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sfumato_client import events
from sfumato_client.chunks import Chunk
from sfumato_client.edit import Edit, Raster, Samples
from sfumato_client.errors import Protocol
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire import inpainting_pb2, pixels_pb2

# For daemons that tell no limits: 64 megapixels, as RGBA at 16 bit with a mask.
DEFAULT_EDIT_PIXELS = 64 << 20
LARGEST_PIXEL = 9
# What zlib may add to bytes that do not compress.
DEFLATE_SLACK = 1024
_COLOR = inpainting_pb2.ResultPlane.ROLE_COLOR
_MASK = inpainting_pb2.ResultPlane.ROLE_MASK


@dataclass(frozen=True)
class Expected:
    """What a result may look like: its windows where they are known, and its bytes in all."""

    windows: tuple[Bounds, ...] | None
    total_bytes: int

    @staticmethod
    def of(edit: Edit, limits: inpainting_pb2.Limits) -> Expected:
        """What an edit's result may look like."""
        if not edit.regions:
            return Expected.unknown(limits)
        windows = tuple(region.window for region in edit.regions)
        return Expected(windows, sum(window.area for window in windows) * LARGEST_PIXEL)

    @staticmethod
    def unknown(limits: inpainting_pb2.Limits) -> Expected:
        """What a job's result may look like whose pixels this client did not send."""
        return Expected(None, (limits.edit_pixels or DEFAULT_EDIT_PIXELS) * LARGEST_PIXEL)


class Incoming:
    """A result whose bytes are still coming; raises ``Protocol`` for what does not fit."""

    def __init__(self, announced: inpainting_pb2.Result, expected: Expected) -> None:
        self._announced = announced
        self._planes = [_Plane(plane, expected) for plane in announced.planes]
        if sum(plane.raw_bytes for plane in self._planes) > expected.total_bytes:
            raise Protocol("The daemon announced a result larger than the edit allows.")
        self._current = 0
        self._skip_whole()

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self._current == len(self._planes)

    def add(self, chunk: Chunk) -> None:
        """Take in a part of the plane that is due."""
        if self.whole or chunk.plane != self._current:
            raise Protocol("The daemon sent a result's planes out of order.")
        for piece in chunk.pieces:
            self._planes[self._current].add(piece)
        self._skip_whole()

    def finish(self) -> events.Result:
        """Put its planes together."""
        return events.Result(
            variation=self._announced.variation,
            seed=self._announced.seed,
            pieces=_pieces(self._planes),
            stage=self._announced.stage,
        )

    def _skip_whole(self) -> None:
        while not self.whole and self._planes[self._current].whole:
            self._current += 1


class _Plane:
    """One plane of a result, filled chunk by chunk."""

    def __init__(self, announced: inpainting_pb2.ResultPlane, expected: Expected) -> None:
        plane = announced.plane
        self.region = announced.region
        self.role = announced.role
        self.bounds = bounds_of(announced.bounds)
        self.samples = Samples(plane.color_model) if 1 <= plane.color_model <= 4 else None
        self.depth = {pixels_pb2.DEPTH_U8: 8, pixels_pb2.DEPTH_U16: 16}.get(plane.depth, 0)
        if self.samples is None or not self.depth:
            raise Protocol("The daemon sent a plane of a kind this client does not know.")
        if self.bounds.extent != extent_of(plane.extent) or min(self.bounds.extent) < 1:
            raise Protocol("The daemon sent a plane whose size disagrees with its place.")
        windows = expected.windows
        if windows is not None and not 0 <= self.region < len(windows):
            raise Protocol("The daemon sent a plane of a region that was not asked for.")
        if windows is not None and windows[self.region] != self.bounds:
            raise Protocol("The daemon sent a plane that lies elsewhere than its window.")
        self.raw_bytes = self.bounds.area * self.samples * self.depth // 8
        self._inflate = _inflater(plane, self.raw_bytes)
        self._missing = plane.encoded_bytes
        self._parts: list[bytes | memoryview] = []
        self._filled = 0

    @property
    def whole(self) -> bool:
        return self._missing == 0

    def pixels(self) -> bytes:
        """The whole plane, samples as they are."""
        return b"".join(self._parts)

    def add(self, data: bytes | memoryview) -> None:
        self._missing -= len(data)
        if self._missing < 0 or not data:
            raise Protocol("The daemon sent more pixels than it announced.")
        part = data if self._inflate is None else self._inflated(data)
        self._parts.append(part)
        self._filled += len(part)
        if self.whole and self._filled != self.raw_bytes:
            raise Protocol("The daemon sent fewer pixels than it announced.")

    def _inflated(self, data: bytes | memoryview) -> bytes:
        assert self._inflate is not None
        room = self.raw_bytes - self._filled
        try:
            # One byte more than fits tells a stream that is too long.
            inflated = self._inflate.decompress(data, room + 1)
        except zlib.error as error:
            raise Protocol(f"The daemon sent pixels that do not inflate ({error}).") from error
        if len(inflated) > room or self._inflate.unconsumed_tail:
            raise Protocol("The daemon sent pixels that inflate to more than announced.")
        return inflated


def _inflater(plane: pixels_pb2.Plane, raw_bytes: int) -> zlib._Decompress | None:
    if plane.codec == pixels_pb2.CODEC_RAW:
        if plane.encoded_bytes != raw_bytes:
            raise Protocol("The daemon announced another number of bytes than its plane has.")
        return None
    if plane.codec != pixels_pb2.CODEC_DEFLATE:
        raise Protocol("The daemon used a codec that was not offered.")
    if not 0 < plane.encoded_bytes <= raw_bytes + raw_bytes // 512 + DEFLATE_SLACK:
        raise Protocol("The daemon announced more packed bytes than its plane can have.")
    return zlib.decompressobj()


def _pieces(planes: Sequence[_Plane]) -> tuple[events.Piece, ...]:
    """Put each region's colour and mask together, in the order of the regions."""
    colors = {plane.region: plane for plane in planes if plane.role == _COLOR}
    masks = {plane.region: plane for plane in planes if plane.role == _MASK}
    if len(colors) + len(masks) != len(planes) or colors.keys() != masks.keys():
        raise Protocol("The daemon sent a result without one colour and one mask per region.")
    pieces = []
    for region in sorted(colors):
        color, mask = colors[region], masks[region]
        assert color.samples is not None
        if mask.samples is not Samples.GRAY or mask.depth != 8 or mask.bounds != color.bounds:
            raise Protocol("The daemon sent a mask that does not fit its colour.")
        raster = Raster(color.bounds.extent, color.samples, color.depth, color.pixels())
        pieces.append(events.Piece(color.bounds, raster, mask.pixels()))
    return tuple(pieces)


def bounds_of(bounds: pixels_pb2.Bounds) -> Bounds:
    """Bounds from the wire."""
    return Bounds(bounds.x, bounds.y, bounds.width, bounds.height)


def extent_of(extent: pixels_pb2.Extent) -> Extent:
    """A size from the wire."""
    return Extent(extent.width, extent.height)
