"""Pixels as the bits of one big integer: Python's way to work on millions of them at once.

Shifting such an integer moves the whole picture, ``&`` and ``|`` combine two pictures, each in one
call that runs at memory speed. Rows are separated by empty columns, so that what moves sideways
out of one row does not enter the next.
"""

from __future__ import annotations

from typing import NamedTuple

_ZERO, _ONE = b"0", b"1"
_TO_COVERAGE = bytes.maketrans(_ZERO + _ONE, b"\x00\xff")


class Bitplane(NamedTuple):
    """One bit a pixel; ``gap`` empty columns stand after each row."""

    bits: int
    width: int
    height: int
    gap: int

    @property
    def stride(self) -> int:
        """Bits from one row to the next."""
        return self.width + self.gap

    def coverage(self) -> bytes:
        """Return one byte a pixel, 255 where the bit is set and 0 elsewhere."""
        stride, width = self.stride, self.width
        length = stride * self.height
        digits = f"{self.bits & ((1 << length) - 1):0{length}b}".encode("ascii")
        plane = digits.translate(_TO_COVERAGE)
        if not self.gap:
            return plane
        return b"".join(plane[y : y + width] for y in range(0, length, stride))


def bitplane(plane: bytes, width: int, *, least: int, most: int = 255, gap: int) -> Bitplane:
    """Take the bytes between ``least`` and ``most`` (both included) as set bits."""
    digits = plane.translate(_digits(least, most))
    height = len(plane) // width
    if gap:
        space = _ZERO * gap
        digits = b"".join(
            digits[start : start + width] + space for start in range(0, len(plane), width)
        )
    return Bitplane(int(digits, 2), width, height, gap)


def _digits(least: int, most: int) -> bytes:
    return _ZERO * least + _ONE * (most - least + 1) + _ZERO * (255 - most)
