"""PNG: 8 and 16 bit, every ancillary chunk kept.

Pixels go through libpng (imagecodecs), as Pillow has no 16-bit RGB; chunks are copied beside it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import imagecodecs
import numpy as np

from sfumato.picture import exif
from sfumato.picture.orientation import upright
from sfumato.picture.picture import Metadata, Notice, Picture, PngForm
from sfumato.picture.storing import stored

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RECORD = b"sfumato"
"""Keyword of the text chunks that tell how a picture was edited."""
_PALETTE = 3
# Chunks about colour that stay true when pixels change, though their names say "unsafe to copy".
_COLOR = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"eXIf"}
# Chunks that describe the samples as they were stored.
_SAMPLES = {b"sBIT", b"bKGD"}
_INCH = 0.0254
# Within a tenth of the smallest file, in a fifth and a half of the usual level's time.
_LEVELS = {8: 4, 16: 1}


def read(data: bytes) -> Picture:
    """Decode a PNG; raises ``ValueError`` or a codec's error if it is damaged."""
    chunks = tuple(_chunks(data))
    _, _, bits, color_type = struct.unpack_from(">IIBB", chunks[0][1])
    pixels = imagecodecs.png_decode(data)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    types = {kind for kind, _ in chunks}
    expanded = bits < 8 or color_type == _PALETTE or b"tRNS" in types
    kept = tuple((kind, body) for kind, body in chunks if _stays(kind, expanded))
    metadata = _metadata(dict(kept))
    turn = exif.orientation(metadata.exif)
    return Picture(
        upright(pixels, turn),
        PngForm(kept),
        metadata,
        turn,
        tuple(_notices(bits, color_type, types)),
    )


def encode(picture: Picture) -> bytes:
    """A PNG of the picture, with the chunks it came with or else made from its metadata."""
    pixels, metadata, _ = stored(picture, PngForm)
    if isinstance(picture.form, PngForm):
        chunks = [(kind, _patched(kind, body)) for kind, body in picture.form.chunks]
    else:
        chunks = list(_made_chunks(metadata))
    # Beside those of earlier edits, which came as chunks of the file.
    chunks += [(b"tEXt", _RECORD + b"\x00" + record) for record in picture.records]
    level = _LEVELS[picture.depth]
    plain = imagecodecs.png_encode(np.squeeze(pixels, 2) if pixels.shape[2] == 1 else pixels, level)
    after_header = len(SIGNATURE) + 12 + 13
    return b"".join([plain[:after_header], *map(_packed, chunks), plain[after_header:]])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield kind, data[position + 8 : position + 8 + length]
        position += 12 + length


def _stays(kind: bytes, expanded: bool) -> bool:
    """Whether a chunk is still true of changed pixels (PNG third edition, 5.4 and 14.2)."""
    ancillary, safe_to_copy = kind[0] & 0x20, kind[3] & 0x20
    if not ancillary or kind == b"tRNS":
        return False
    return bool(safe_to_copy) or kind in _COLOR or (kind in _SAMPLES and not expanded)


def _notices(bits: int, color_type: int, types: set[bytes]) -> Iterator[Notice]:
    if color_type == _PALETTE:
        yield Notice("PALETTE_EXPANDED", "The picture has a palette; the result is full colour.")
    elif bits < 8:
        yield Notice("DEPTH_RAISED", f"The picture has {bits} bit a sample; the result has 8.")
    elif b"tRNS" in types:
        yield Notice("COLOR_KEY", "The picture's transparent colour becomes an alpha channel.")
    if b"acTL" in types:
        yield Notice("FIRST_FRAME", "The picture is animated; only its first frame is used.")


def _metadata(chunks: dict[bytes, bytes]) -> Metadata:
    icc = chunks.get(b"iCCP", b"")
    return Metadata(
        icc=zlib.decompress(icc[icc.index(b"\x00") + 2 :]) if icc else b"",
        exif=exif.bare(chunks.get(b"eXIf", b"")),
        xmp=_xmp(chunks.get(b"iTXt", b"")),
        dpi=_dpi(chunks.get(b"pHYs")),
    )


def _xmp(text: bytes) -> bytes:
    """The packet in an international text chunk, which holds it after four fields."""
    keyword, _, rest = text.partition(b"\x00")
    if keyword != _XMP or len(rest) < 2:
        return b""
    packet = rest[2:].split(b"\x00", 2)[-1]
    return zlib.decompress(packet) if rest[0] else packet


def _dpi(physical: bytes | None) -> tuple[float, float] | None:
    if physical is None:
        return None
    x, y, unit = struct.unpack(">IIB", physical)
    return (x * _INCH, y * _INCH) if unit == 1 else None


def _made_chunks(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Chunks for a picture of another format."""
    if metadata.icc:
        yield b"iCCP", b"ICC profile\x00\x00" + zlib.compress(metadata.icc)
    if metadata.dpi:
        x, y = (round(value / _INCH) for value in metadata.dpi)
        yield b"pHYs", struct.pack(">IIB", x, y, 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    if metadata.xmp:
        yield b"iTXt", _XMP + b"\x00\x00\x00\x00\x00" + metadata.xmp


def _patched(kind: bytes, body: bytes) -> bytes:
    return exif.without_thumbnail(body) if kind == b"eXIf" else body


def _packed(chunk: tuple[bytes, bytes]) -> bytes:
    kind, body = chunk
    return b"".join(
        [struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(kind + body))]
    )
