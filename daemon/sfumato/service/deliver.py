"""Planes of a job, from its arena to the wire.

On the same computer colour travels as it is, copied from the mapped file chunk by chunk. What is
packed lies in a temporary file while it is sent, so that a slow reader costs disk and no memory.
"""

from __future__ import annotations

import asyncio
import tempfile
import zlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Literal, cast

from sfumato.engines.arena import Arena
from sfumato.engines.work import PlaneRef
from sfumato.service.planes import Codec, webp_fits
from sfumato.service.status import not_found
from sfumato_client.geometry import Extent
from sfumato_client.wire import pixels_pb2 as px

CHUNK = 512 << 10
_IN_MEMORY = 1 << 20
"""Smaller files, as most masks are, never reach the disk."""
_COLOR_MODELS = (
    px.COLOR_MODEL_GRAY,
    px.COLOR_MODEL_GRAY_ALPHA,
    px.COLOR_MODEL_RGB,
    px.COLOR_MODEL_RGBA,
)


@dataclass(frozen=True, slots=True)
class PackedPlane:
    """One plane, ready to be sent: its announcement and where its bytes are."""

    announcement: px.Plane
    source: memoryview | IO[bytes]

    def read(self, at: int) -> bytes:
        """The bytes of the chunk that begins at ``at``."""
        if isinstance(self.source, memoryview):
            return bytes(self.source[at : at + CHUNK])
        self.source.seek(at)
        return self.source.read(CHUNK)


def colour_codec(ref: PlaneRef, loopback: bool, codecs: Iterable[Codec]) -> Codec:
    """How a colour plane travels; ``codecs`` are those the client reads, best first."""
    if loopback:
        return Codec.RAW
    extent, samples = _form(ref)
    for codec in codecs:
        if codec is not Codec.WEBP_LOSSLESS or webp_fits(extent, samples, ref.dtype):
            return codec
    return Codec.DEFLATE


async def open_arena(path: str) -> Arena:
    """A job's arena; a ``Refusal`` if it is no longer kept."""
    try:
        return await asyncio.to_thread(Arena.open, path)
    except FileNotFoundError:
        message = "The daemon no longer has the pictures of this job."
        raise not_found("PICTURES_GONE", message) from None


def pack(arena: Arena, ref: PlaneRef, codec: Codec, files: ExitStack) -> PackedPlane:
    """Pack a plane; ``files`` closes what that needs. Takes as long as the codec: use a thread."""
    view = arena.view(ref)
    if codec is Codec.RAW:
        return PackedPlane(_announcement(ref, codec, len(view)), view)
    spooled = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (`files` closes it)
    file = cast("IO[bytes]", files.enter_context(spooled))
    if codec is Codec.DEFLATE:
        _deflate(view, file)
    else:
        _webp(view, ref, file)
    return PackedPlane(_announcement(ref, codec, file.tell()), file)


async def chunks(planes: Sequence[PackedPlane]) -> AsyncGenerator[px.PixelChunk]:
    """All planes' bytes in order. Reads in a thread, as the disk may be asked."""
    for index, plane in enumerate(planes):
        for at in range(0, plane.announcement.encoded_bytes, CHUNK):
            data = await asyncio.to_thread(plane.read, at)
            yield px.PixelChunk(plane=index, data=data)


def _announcement(ref: PlaneRef, codec: Codec, encoded_bytes: int) -> px.Plane:
    extent, samples = _form(ref)
    return px.Plane(
        extent=px.Extent(width=extent.width, height=extent.height),
        color_model=_COLOR_MODELS[samples - 1],
        depth=px.DEPTH_U8 if ref.dtype == "uint8" else px.DEPTH_U16,
        codec=cast("px.Codec", int(codec)),
        encoded_bytes=encoded_bytes,
    )


def _form(ref: PlaneRef) -> tuple[Extent, int]:
    height, width, samples = (*ref.shape, 1)[:3]
    return Extent(width, height), samples


def _deflate(view: memoryview, file: IO[bytes]) -> None:
    deflater = zlib.compressobj(1)
    for at in range(0, len(view), CHUNK):
        file.write(deflater.compress(view[at : at + CHUNK]))
    file.write(deflater.flush())


def _webp(view: memoryview, ref: PlaneRef, file: IO[bytes]) -> None:
    from PIL import Image  # The idle daemon does without.

    extent, samples = _form(ref)
    mode: Literal["RGB", "RGBA"] = "RGB" if samples == 3 else "RGBA"
    image = Image.frombuffer(mode, extent, cast("bytes", view), "raw", mode, 0, 1)
    # `exact` keeps the colours of transparent pixels; method 0 is the quickest.
    image.save(file, "WEBP", lossless=True, exact=True, method=0, quality=0)
