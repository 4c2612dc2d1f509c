"""Pixels as bytes: formats by GEGL's names, and what can be done without an editor."""

from __future__ import annotations

from sfumato_client import Raster, Samples

_COMPONENTS = {
    Samples.GRAY: "Y'",
    Samples.GRAY_ALPHA: "Y'A",
    Samples.RGB: "R'G'B'",
    Samples.RGBA: "R'G'B'A",
}


def format_name(samples: Samples, depth: int) -> str:
    """What GEGL calls sRGB pixels of this form."""
    return f"{_COMPONENTS[samples]} u{depth}"


def opaque(data: bytes | bytearray, samples: Samples, depth: int) -> bool:
    """Whether the alpha of every pixel is full; ``samples`` has alpha, as the last one."""
    size = depth // 8
    pixels = len(data) // (samples * size)
    return all(
        data[samples * size - 1 - byte :: samples * size].count(255) == pixels
        for byte in range(size)
    )


def without_alpha(data: bytearray, samples: Samples, depth: int) -> bytearray:
    """The pixels without their alpha, which is the last sample; ``data`` is used up."""
    size = depth // 8
    for byte in range(size):
        # Of the last sample, from its last byte on: each is one fewer in a pixel that is shorter.
        stride = samples * size - byte
        del data[stride - 1 :: stride]
    return data


def to_rgba8(color: Raster, alpha: bytes) -> bytes:
    """The colours as RGB at 8 bit with another alpha, for thumbnails."""
    data = bytes(color.data)
    if color.depth == 16:
        data = data[1::2]
    step = int(color.samples)
    first, last = (0, 0) if color.samples <= Samples.GRAY_ALPHA else (0, 2)
    mixed = bytearray(4 * color.extent.area)
    for index in range(3):
        mixed[index::4] = data[min(first + index, last) :: step]
    mixed[3::4] = alpha
    return bytes(mixed)
