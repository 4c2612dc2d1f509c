"""The mask M of a selection S, in pure Python: one routine for every editor.

``M = max(S, blur(dilate(S, grow + feather / 2), sigma=feather / 6, cut at feather / 2))``

The daemon's ``imaging.mask`` is the reference; this is within one level of it. Editors carry no
numpy, so the work is done by Python's big integers: a picture is one number, dilation shifts it,
and a convolution of all its rows is one multiplication. Everything goes in small portions, between
which other threads of the editor run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

from sfumato_client.bitplane import bitplane
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.selection import bounds_of_coverage

# Least side of the squares that are blurred at a time, and digits of the products within.
TILE = 256
PORTION = 1 << 21
# Pixels dilated at a time, as bits and as lanes of 16 bits.
HARD_PORTION, SOFT_PORTION = 1 << 21, 1 << 17


def make_mask(selection: bytes, extent: Extent, grow: float, feather: float) -> bytes:
    """Make M of S over a window: one byte a pixel in and out.

    ``grow`` and ``feather`` are canvas pixels, at least 0, fractions allowed. At the window's
    borders S ends for the dilation and repeats for the blur. ``ValueError`` for negative lengths or
    a selection of another size.
    """
    if len(selection) != extent.area:
        raise ValueError(f"a selection of {extent.area} pixels has not {len(selection)} bytes")
    if not (grow >= 0 and feather >= 0):
        raise ValueError(f"grow and feather are at least 0, not {grow} and {feather}")
    touched = bounds_of_coverage(selection, extent.width)
    if touched is None:
        return bytes(selection)
    touched = touched.padded(reach(grow, feather)).intersection(Bounds.of(extent))
    near = _cut(selection, extent.width, touched)
    hard = near.count(0) + near.count(255) == len(near)
    grown = _dilated(near, touched.extent, grow + feather / 2, hard)
    soft = _blurred(grown, touched.extent, feather)
    whole = bytearray(selection)
    for y, row in enumerate(_largest(near, soft, touched.width, hard)):
        start = (touched.y + y) * extent.width + touched.x
        whole[start : start + touched.width] = row
    return bytes(whole)


def reach(grow: float, feather: float) -> int:
    """How many pixels beyond the bounds of S its mask may touch."""
    return math.floor(grow + feather / 2 + 0.5) + math.floor(feather / 2)


def _cut(plane: bytes, width: int, part: Bounds) -> bytes:
    return b"".join(
        plane[y * width + part.x : y * width + part.right] for y in range(part.y, part.bottom)
    )


def _dilated(plane: bytes, extent: Extent, radius: float, hard: bool) -> bytes:
    """Return the largest value within the disc x^2 + y^2 <= (radius + 1/2)^2 around each pixel."""
    limit = (radius + 0.5) ** 2
    top = math.isqrt(math.floor(limit))
    halves = [math.isqrt(math.floor(limit - dy * dy)) for dy in range(top + 1)]
    if top == 0:
        return plane
    dilate, portion = (_dilated_hard, HARD_PORTION) if hard else (_dilated_soft, SOFT_PORTION)
    rows = max(4 * top, portion // (extent.width + top))
    return b"".join(
        dilate(plane, extent, halves, y, min(y + rows, extent.height))
        for y in range(0, extent.height, rows)
    )


def _dilated_hard(plane: bytes, extent: Extent, halves: list[int], start: int, end: int) -> bytes:
    """Dilate the rows [start, end) of a selection of 0 and 255, a bit a pixel."""
    width, top = extent.width, len(halves) - 1
    first, last = max(start - top, 0), min(end + top, extent.height)
    drawn = bitplane(plane[first * width : last * width], width, least=255, gap=top)
    grown = _pile(drawn.bits, halves, drawn.stride, 1, int.__or__)
    whole = drawn._replace(bits=grown).coverage()
    return whole[(start - first) * width : (end - first) * width]


def _pile(
    picture: int, halves: list[int], stride: int, lane: int, combine: Callable[[int, int], int]
) -> int:
    """Dilate by a disc given as a pile of rows: ``halves[dy]`` is the half width at distance dy.

    Going from the outermost row inwards the rows only widen, so each is made from the last.
    """
    widened, half, piled = picture, 0, 0
    for dy in range(len(halves) - 1, -1, -1):
        for dx in range(half + 1, halves[dy] + 1):
            widened = combine(widened, combine(picture << dx * lane, picture >> dx * lane))
        half = halves[dy]
        shift = dy * stride * lane
        piled = combine(piled, combine(widened << shift, widened >> shift))
    return piled


def _dilated_soft(plane: bytes, extent: Extent, halves: list[int], start: int, end: int) -> bytes:
    """Dilate the rows [start, end) of a selection with grays, in lanes of 16 bits.

    The upper byte of a lane is free, for the comparisons that the larger of two lanes takes.
    """
    width, top = extent.width, len(halves) - 1
    first, last = max(start - top, 0), min(end + top, extent.height)
    rows, stride = last - first, width + top
    lanes = bytearray(2 * stride * (rows + top))
    for y in range(rows):
        at = (first + y) * width
        lanes[2 * y * stride : 2 * (y * stride + width) : 2] = plane[at : at + width]
    room = 8 * len(lanes)
    borrow = int.from_bytes(b"\x00\x01" * (stride * (rows + 2 * top) + top), "little")

    def larger(left: int, right: int) -> int:
        wins = ((left | borrow) - right) & borrow
        wins -= wins >> 8
        return right ^ ((left ^ right) & wins)

    piled = _pile(int.from_bytes(lanes, "little"), halves, stride, 16, larger)
    grown = (piled & ((1 << room) - 1)).to_bytes(len(lanes), "little")[::2]
    offsets = range((start - first) * stride, (end - first) * stride, stride)
    return b"".join(grown[at : at + width] for at in offsets)


def _blurred(plane: bytes, extent: Extent, feather: float) -> bytes:
    """Blur by a Gaussian, tile by tile; a tile far from every edge is what it was."""
    cut = math.floor(feather / 2)
    if cut == 0:
        return plane
    width, height = extent
    taps = _gaussian(feather)
    side = max(TILE, 2 * cut)
    out = bytearray(plane)
    for y in range(0, height, side):
        bottom = min(y + side, height)
        for x in range(0, width, side):
            right = min(x + side, width)
            near = _with_margin(plane, extent, Bounds.between(x, y, right, bottom), cut)
            if near.count(near[0]) == len(near):
                continue
            upright = _smooth_and_turn(near, right - x + 2 * cut, taps, cut)
            tile = _smooth_and_turn(upright, bottom - y + 2 * cut, taps, cut)
            for row in range(bottom - y):
                start, from_ = (y + row) * width, row * (right - x)
                out[start + x : start + right] = tile[from_ : from_ + right - x]
    return bytes(out)


def _with_margin(plane: bytes, extent: Extent, tile: Bounds, margin: int) -> bytes:
    """Cut a tile with its surroundings; beyond the plane its outermost pixels repeat."""
    wide = tile.padded(margin)
    inside = wide.intersection(Bounds.of(extent))
    left, right = inside.x - wide.x, wide.right - inside.right
    rows = []
    for y in range(inside.y, inside.bottom):
        start = y * extent.width
        row = plane[start + inside.x : start + inside.right]
        rows.append(row[:1] * left + row + row[-1:] * right if left or right else row)
    above, below = inside.y - wide.y, wide.bottom - inside.bottom
    return b"".join([rows[0]] * above + rows + [rows[-1]] * below)


def _smooth_and_turn(plane: bytes, stride: int, taps: int, cut: int) -> bytes:
    """Convolve each row, drop ``cut`` pixels at its both ends, and exchange rows and columns.

    In lanes of 24 bits, the product of a picture and the taps, each as one number, holds in every
    lane the sum of what a convolution multiplies. Taps sum up to 2^16 and pixels are below 2^8, so
    no lane runs over; adding a half and taking the upper byte rounds.
    """
    rows_at_once = max(1, PORTION // ((2 * cut + 1) * stride)) * stride
    columns = []
    for start in range(0, len(plane), rows_at_once):
        part = plane[start : start + rows_at_once]
        lanes = bytearray(3 * len(part))
        lanes[::3] = part
        product = int.from_bytes(lanes, "little") * taps + _halves(len(part))
        sums = product.to_bytes(3 * (len(part) + 2 * cut + 1), "little")[2::3]
        columns.append([sums[x : len(part) : stride] for x in range(2 * cut, stride)])
    if len(columns) == 1:
        return b"".join(columns[0])
    return b"".join(b"".join(parts) for parts in zip(*columns, strict=True))


@lru_cache(maxsize=8)
def _halves(lanes: int) -> int:
    return int.from_bytes(b"\x00\x80\x00" * lanes, "little")


@lru_cache(maxsize=8)
def _gaussian(feather: float) -> int:
    """Return the taps of sigma = feather/6, cut at feather/2, in lanes of 24 bits; sum 2^16.

    Their running sums are rounded rather than they themselves, so that errors do not add up along
    an edge, where many taps see the same value.
    """
    cut = math.floor(feather / 2)
    weights = [math.exp(-0.5 * (offset * 6.0 / feather) ** 2) for offset in range(-cut, cut + 1)]
    total, running, taken, side = sum(weights), 0.0, 0, []
    for weight in weights[:cut]:
        running += weight
        side.append(round(running / total * 65536) - taken)
        taken += side[-1]
    taps = [*side, 65536 - 2 * taken, *reversed(side)]
    return sum(tap << (24 * index) for index, tap in enumerate(taps))


def _largest(selection: bytes, soft: bytes, width: int, hard: bool) -> Iterator[bytes]:
    """Yield the rows of the larger of both, pixel by pixel."""
    for start in range(0, len(soft), width):
        ours, theirs = selection[start : start + width], soft[start : start + width]
        if ours == theirs or not any(ours):
            yield theirs
        elif hard:
            either = int.from_bytes(ours, "little") | int.from_bytes(theirs, "little")
            yield either.to_bytes(width, "little")
        else:
            yield bytes(map(max, ours, theirs))
