"""One plane on its way in: announced, checked, and filled chunk by chunk.

Inflating is bounded by the announced size, so that a broken or hostile peer cannot fill the
editor's memory.
"""

from __future__ import annotations

import zlib

from sfumato_client.edit import Raster, Samples
from sfumato_client.errors import Protocol
from sfumato_client.geometry import Extent
from sfumato_client.wire import pixels_pb2

# What zlib may add to bytes that do not compress.
DEFLATE_SLACK = 1024
_DEPTHS: dict[int, int] = {pixels_pb2.DEPTH_U8: 8, pixels_pb2.DEPTH_U16: 16}


class IncomingPlane:
    """A plane whose bytes are still coming; raises ``Protocol`` for what does not fit.

    ``raw_bytes`` is its size once it is unpacked.
    """

    def __init__(self, announced: pixels_pb2.Plane) -> None:
        self.extent = Extent(announced.extent.width, announced.extent.height)
        self.depth = _DEPTHS.get(announced.depth, 0)
        if not 1 <= announced.color_model <= 4 or not self.depth or min(self.extent) < 1:
            raise Protocol("The daemon sent a plane of a kind this client does not know.")
        self.samples = Samples(announced.color_model)
        self.raw_bytes = self.extent.area * self.samples * self.depth // 8
        self._inflate = _inflater(announced, self.raw_bytes)
        self._missing = announced.encoded_bytes
        self._parts: list[bytes | memoryview] = []
        self._filled = 0

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self._missing == 0

    def pixels(self) -> bytes:
        """The whole plane, samples as they are."""
        return b"".join(self._parts)

    def raster(self) -> Raster:
        """The whole plane."""
        return Raster(self.extent, self.samples, self.depth, self.pixels())

    def add(self, data: bytes | memoryview) -> None:
        """Take in the bytes that come next."""
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
