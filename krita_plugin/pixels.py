"""Krita's bytes and the wire's, without any editor.

Krita keeps 8- and 16-bit RGB as B, G, R, A and gray as gray, alpha; the wire wants sRGB as R, G, B
with alpha only where there is some, or plain gray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from sfumato_client import Bounds, Extent, Piece, Raster, Samples

AT_ONCE = 1 << 18
"""So many pixels are taken apart in one go."""
ALPHA = 3
_SENT = {
    (False, True): Samples.RGB,
    (False, False): Samples.RGBA,
    (True, True): Samples.GRAY,
    (True, False): Samples.GRAY_ALPHA,
}
_CHANNELS = {
    Samples.RGB: (2, 1, 0),
    Samples.RGBA: (2, 1, 0, ALPHA),
    Samples.GRAY: (2,),
    Samples.GRAY_ALPHA: (2, ALPHA),
}
"""Which of Krita's channels, B, G, R and A, the wire has, in its order."""


class Picture(NamedTuple):
    """A window's pixels: BGRA bytes in sRGB of ``depth`` 8 or 16.

    ``loss`` looks for what got lost, in a thread, and says it in a sentence; empty for nothing.
    """

    window: Bounds
    bgra: bytes
    depth: int
    loss: Callable[[], str] = str


def joined(strips: Sequence[Picture]) -> Picture:
    """Strips of one picture, top to bottom, as a whole."""
    if len(strips) == 1:
        return strips[0]
    return Picture(
        reduce(Bounds.union, (strip.window for strip in strips)),
        b"".join(strip.bgra for strip in strips),
        strips[0].depth,
        lambda: next(filter(None, (strip.loss() for strip in strips)), ""),
    )


class Patch(NamedTuple):
    """A piece of a result as Krita takes it: BGRA in sRGB over the window, M over its core."""

    window: Bounds
    bgra: bytes
    depth: int
    core: Bounds
    core_bgra: bytes
    core_mask: bytes


def to_patch(piece: Piece, core: Bounds) -> Patch:
    """A piece of a result whose masked pixels are wanted inside ``core``."""
    bgra = to_krita(piece.color)
    return Patch(
        piece.bounds,
        bgra,
        piece.color.depth,
        core,
        crop(bgra, piece.bounds, core, 4 * piece.color.depth // 8),
        crop(piece.mask, piece.bounds, core),
    )


def to_wire(bgra: bytes, extent: Extent, depth: int, gray: bool) -> Raster:
    """A raster for the wire from Krita's BGRA bytes of ``depth`` 8 or 16 (little-endian).

    ``gray``: the three colours are equal; one is sent. Alpha is sent only if it is not full.
    """
    step = depth // 8
    parts = [_split(part, 4, step) for part in _parts(bgra, 4 * step)]
    opaque = all(alpha.count(b"\xff") == len(alpha) for *_, alpha in parts)
    samples = _SENT[gray, opaque]
    chosen = _CHANNELS[samples]
    data = b"".join(_interleaved([part[n] for n in chosen], step) for part in parts)
    return Raster(extent, samples, depth, data)


def to_krita(raster: Raster) -> bytes:
    """Krita's BGRA bytes, of the raster's depth, from a raster of the wire."""
    step = raster.depth // 8
    data = bytes(raster.data)
    return b"".join(
        _bgra(part, raster.samples, step) for part in _parts(data, raster.samples * step)
    )


def crop(plane: bytes, window: Bounds, part: Bounds, size: int = 1) -> bytes:
    """``part`` of a plane of ``size`` bytes a pixel that covers ``window``; both on the canvas."""
    if part == window:
        return plane
    inside = part.relative_to(window)
    rows = range(inside.y, inside.bottom)
    starts = (size * (row * window.width + inside.x) for row in rows)
    return b"".join(plane[start : start + size * part.width] for start in starts)


def nearest(window: Bounds, known: Bounds) -> Bounds:
    """The pixels of ``known`` that are nearest to those of ``window``; at least one."""
    left = min(max(window.x, known.x), known.right - 1)
    top = min(max(window.y, known.y), known.bottom - 1)
    right = max(min(window.right, known.right), left + 1)
    bottom = max(min(window.bottom, known.bottom), top + 1)
    return Bounds.between(left, top, right, bottom)


def spread(plane: bytes, window: Bounds, known: Bounds, size: int) -> bytes:
    """Spread ``nearest`` over a window, ``size`` bytes a pixel: beyond it its borders repeat."""
    part = nearest(window, known)
    stride = size * part.width
    before, across, after = _spans(window.x, window.right, known.x, known.right)
    rows = []
    for start in range(0, len(plane), stride):
        row = plane[start : start + stride]
        rows.append(row[:size] * before + row[: size * across] + row[-size:] * after)
    above, down, below = _spans(window.y, window.bottom, known.y, known.bottom)
    return b"".join([rows[0]] * above + rows[:down] + [rows[-1]] * below)


def _spans(begin: int, end: int, known_begin: int, known_end: int) -> tuple[int, int, int]:
    """How much of a line lies before, inside and after what is known."""
    before = min(max(0, known_begin - begin), end - begin)
    after = min(max(0, end - known_end), end - begin)
    return before, end - begin - before - after, after


def with_alpha(bgra8: bytes, alpha: bytes) -> bytes:
    """8-bit BGRA with its alpha replaced by one byte a pixel."""
    mixed = bytearray(bgra8)
    mixed[3::4] = alpha
    return bytes(mixed)


def to_8_bit(raster: Raster) -> Raster:
    """The same picture at 8 bit, for thumbnails and previews."""
    if raster.depth == 8:
        return raster
    return Raster(raster.extent, raster.samples, 8, bytes(raster.data)[1::2])


def _parts(data: bytes, size: int) -> Iterator[bytes]:
    """A few pixels of ``size`` bytes at a time, as nobody else can run Python meanwhile."""
    for start in range(0, len(data), size * AT_ONCE):
        yield data[start : start + size * AT_ONCE]


def _bgra(data: bytes, samples: int, step: int) -> bytes:
    channels = _split(data, samples, step)
    color, full = _CHANNELS[Samples(samples)], b"\xff" * len(channels[0])
    found = dict(zip(color, channels, strict=True))
    # Gray has the one channel that stands for all three.
    return _interleaved([found.get(n, full if n == ALPHA else channels[0]) for n in range(4)], step)


def _split(data: bytes, count: int, step: int) -> list[bytes]:
    return [_channel(data, n, count, step) for n in range(count)]


def _channel(data: bytes, index: int, count: int, step: int) -> bytes:
    if step == 1:
        return data[index::count]
    # A strided view of 16-bit items; memoryview can stride but not copy strided, so by bytes.
    low, high = data[2 * index :: 2 * count], data[2 * index + 1 :: 2 * count]
    return _interleaved([low, high], 1)


def _interleaved(channels: list[bytes], step: int) -> bytes:
    if len(channels) == 1:
        return channels[0]
    stride = len(channels) * step
    mixed = bytearray(len(channels[0]) * len(channels))
    for index, channel in enumerate(channels):
        for byte in range(step):
            mixed[index * step + byte :: stride] = channel[byte::step]
    return bytes(mixed)
