"""EXIF blocks, changed in place so that everything else in them stays as it was.

A block is a small TIFF file: a header, directory 0 with the orientation, directory 1 with the
thumbnail. Rewriting one would break maker notes, which hold absolute offsets; so bytes are patched.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from sfumato.picture.orientation import known

_ORIENTATION = 0x0112
_THUMBNAIL_OFFSET = 0x0201
_THUMBNAIL_BYTES = 0x0202
_HEADER = b"Exif\x00\x00"


class _Entry(NamedTuple):
    tag: int
    position: int
    value: int


def bare(block: bytes) -> bytes:
    """The block from its TIFF header on."""
    return block.removeprefix(_HEADER)


def orientation(block: bytes) -> int:
    """The orientation a block states, 1 if it states none."""
    try:
        order = _order(block)
        entries = {entry.tag: entry for entry in _entries(block, order, _first(block, order))}
    except struct.error:
        return 1
    return known(entries[_ORIENTATION].value) if _ORIENTATION in entries else 1


def with_orientation(block: bytes, value: int) -> bytes:
    """The block with another orientation; unchanged if it states none."""
    try:
        order = _order(block)
        patched = bytearray(block)
        for entry in _entries(block, order, _first(block, order)):
            if entry.tag == _ORIENTATION:
                struct.pack_into(order + "H", patched, entry.position + 8, value)
    except struct.error:
        return block
    return bytes(patched)


def without_thumbnail(block: bytes) -> bytes:
    """The block with its thumbnail blanked: it would still show what was removed."""
    try:
        order = _order(block)
        patched = bytearray(block)
        end = _end_of(block, order, _first(block, order))
        (second,) = struct.unpack_from(order + "I", block, end)
        if not second:
            return block
        found = {entry.tag: entry.value for entry in _entries(block, order, second)}
        start, count = found.get(_THUMBNAIL_OFFSET, 0), found.get(_THUMBNAIL_BYTES, 0)
        if 8 <= start <= start + count <= len(patched):
            patched[start : start + count] = bytes(count)
        struct.pack_into(order + "I", patched, end, 0)
    except struct.error:
        return block
    return bytes(patched)


def _order(block: bytes) -> str:
    return ">" if block[:2] == b"MM" else "<"


def _first(block: bytes, order: str) -> int:
    return int(struct.unpack_from(order + "I", block, 4)[0])


def _end_of(block: bytes, order: str, directory: int) -> int:
    (count,) = struct.unpack_from(order + "H", block, directory)
    return directory + 2 + 12 * int(count)


def _entries(block: bytes, order: str, directory: int) -> Iterator[_Entry]:
    """The entries of a directory; ``value`` is right for single SHORT and LONG values."""
    for position in range(directory + 2, _end_of(block, order, directory), 12):
        tag, kind = struct.unpack_from(order + "HH", block, position)
        form = "H" if kind == 3 else "I"
        (value,) = struct.unpack_from(order + form, block, position + 8)
        yield _Entry(tag, position, value)
