"""Packed bytes into pixels: one writer a codec, each bounded by what its plane announced.

A writer takes a plane's bytes as they come and puts the pixels straight into the job's arena.
``ValueError`` says in a few words what is wrong with the bytes.
"""

from __future__ import annotations

import io
import struct
import zlib
from abc import ABC, abstractmethod

from sfumato.service.planes import AnnouncedPlane, Codec

_PIECE = 1 << 20
"""Bytes inflated at once: half a megabyte of zlib can hold half a gigabyte of pixels."""


class Writer(ABC):
    """Where one plane's bytes go. ``target`` is the plane's place in the arena."""

    def __init__(self, plane: AnnouncedPlane, target: memoryview) -> None:
        self.plane = plane
        self.target = target

    @abstractmethod
    def write(self, data: bytes) -> None:
        """The next bytes. No more than announced come in all."""

    @abstractmethod
    def finish(self) -> None:
        """All bytes are there: complete the pixels."""


class RawWriter(Writer):
    """Samples as they are; 16 bit is little-endian on the wire and native in the arena."""

    def __init__(self, plane: AnnouncedPlane, target: memoryview) -> None:
        super().__init__(plane, target)
        self._at = 0

    def write(self, data: bytes) -> None:
        """Copy."""
        end = self._at + len(data)
        self.target[self._at : end] = data
        self._at = end

    def finish(self) -> None:
        """Nothing is left to do: the announced size was the pixels' size."""


class DeflateWriter(Writer):
    """One zlib stream; a bomb stops at the plane's end."""

    def __init__(self, plane: AnnouncedPlane, target: memoryview) -> None:
        super().__init__(plane, target)
        self._inflater = zlib.decompressobj()
        self._at = 0

    def write(self, data: bytes) -> None:
        """Inflate, piece by piece, and never beyond the plane's end."""
        while True:
            try:
                pixels = self._inflater.decompress(data, _PIECE)
            except zlib.error as error:
                raise ValueError(f"they are no zlib stream ({error})") from error
            end = self._at + len(pixels)
            if end > len(self.target):
                raise ValueError(f"they unpack to more than {len(self.target)} bytes")
            self.target[self._at : end] = pixels
            self._at = end
            data = self._inflater.unconsumed_tail
            # A full piece may have left pixels in zlib that need no more data.
            if not data and len(pixels) < _PIECE:
                return

    def finish(self) -> None:
        """Check that the stream ended with the plane and the announced bytes with the stream."""
        if not self._inflater.eof:
            raise ValueError("their zlib stream does not end")
        if self._inflater.unused_data:
            raise ValueError("something follows their zlib stream")
        if self._at != len(self.target):
            raise ValueError(f"they unpack to {self._at} bytes, not {len(self.target)}")


class WebpWriter(Writer):
    """One lossless WebP file."""

    def __init__(self, plane: AnnouncedPlane, target: memoryview) -> None:
        super().__init__(plane, target)
        self._file = io.BytesIO()

    def write(self, data: bytes) -> None:
        """Keep: the format cannot be read in parts. Its size was checked to suit the pixels'."""
        self._file.write(data)

    def finish(self) -> None:
        """Decode."""
        from PIL import Image, UnidentifiedImageError  # The idle daemon does without.

        wanted = "RGBA" if self.plane.samples == 4 else "RGB"
        if not _lossless(self._file.getvalue()):
            raise ValueError("they are no lossless WebP file")
        try:
            with Image.open(self._file, formats=["WEBP"]) as image:
                if image.size != self.plane.extent or getattr(image, "n_frames", 1) != 1:
                    raise ValueError(f"their picture has {image.size[0]}x{image.size[1]} pixels")
                if image.mode != wanted and (image.mode, wanted) != ("RGB", "RGBA"):
                    raise ValueError(f"their picture is {image.mode}, not {wanted}")
                self.target[:] = image.convert(wanted).tobytes()
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise ValueError("they are no WebP file") from error


def _lossless(file: bytes) -> bool:
    """Whether a WebP file's picture is in a VP8L chunk (RFC 9649)."""
    at = 12
    while at + 8 <= len(file):
        kind, size = struct.unpack_from("<4sI", file, at)
        if kind in (b"VP8L", b"VP8 "):
            return bool(kind == b"VP8L")
        at += 8 + size + size % 2
    return False


_WRITERS: dict[Codec, type[Writer]] = {
    Codec.RAW: RawWriter,
    Codec.DEFLATE: DeflateWriter,
    Codec.WEBP_LOSSLESS: WebpWriter,
}


def writer(plane: AnnouncedPlane, target: memoryview) -> Writer:
    """The writer for a plane's codec."""
    return _WRITERS[plane.codec](plane, target)
