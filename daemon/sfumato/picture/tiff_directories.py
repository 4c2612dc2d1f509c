"""The EXIF and GPS directories of a TIFF, which tifffile reads but does not write.

They are appended to a finished file together with a new first directory that points to them.
"""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image, TiffImagePlugin

_EXIF, _GPS = 34665, 34853
_ORIENTATION = 274
# What describes the picture and its camera, of the first directory.
DESCRIPTIVE = {270, 271, 272, 305, 306, 315, 33432}
_LONG = 4
_ENTRY = 12
_CLASSIC = 42


def exif_block_of(data: bytes, orientation: int) -> bytes:
    """A TIFF's descriptive tags and EXIF and GPS directories as an EXIF block; empty if none."""
    whole = Image.Exif()
    whole.load(data)
    block = Image.Exif()
    for code in DESCRIPTIVE & set(whole):
        block[code] = whole[code]
    for code in (_EXIF, _GPS):
        if directory := _directory(whole, code):
            block[code] = directory
    if not len(block):
        return b""
    block[_ORIENTATION] = orientation
    return block.tobytes().removeprefix(b"Exif\x00\x00")


def descriptive_tags(block: bytes) -> dict[int, str]:
    """The texts of an EXIF block that TIFF keeps as tags of its own."""
    source = Image.Exif()
    if block:
        source.load(block)
    return {code: str(source[code]) for code in sorted(DESCRIPTIVE & set(source))}


def with_exif(data: bytes, block: bytes) -> bytes:
    """Append the EXIF and GPS directories of a block to a classic TIFF."""
    order = "<" if data[:2] == b"II" else ">"
    version, first = struct.unpack_from(order + "HI", data, 2)
    source = Image.Exif()
    if block:
        source.load(block)
    directories = {code: _directory(source, code) for code in (_EXIF, _GPS)}
    if version != _CLASSIC or not any(directories.values()):
        return data
    file = bytearray(data + b"\x00" * (len(data) % 2))
    (count,) = struct.unpack_from(order + "H", file, first)
    end = first + 2 + _ENTRY * count
    entries = [bytes(file[at : at + _ENTRY]) for at in range(first + 2, end, _ENTRY)]
    after = bytes(file[end : end + 4])
    for code, directory in directories.items():
        if directory:
            entries.append(struct.pack(order + "HHII", code, _LONG, 1, len(file)))
            file += _serialized(directory, data[:2], len(file))
            file += b"\x00" * (len(file) % 2)
    entries.sort(key=lambda entry: int(struct.unpack_from(order + "H", entry)[0]))
    struct.pack_into(order + "I", file, 4, len(file))
    file += struct.pack(order + "H", len(entries)) + b"".join(entries) + after
    return bytes(file)


def _directory(source: Image.Exif, code: int) -> dict[int, Any]:
    """A sub-directory's entries without pointers to further ones, which would dangle."""
    pointers = {40965, 37500} if code == _EXIF else set()
    return {tag: value for tag, value in source.get_ifd(code).items() if tag not in pointers}


def _serialized(directory: dict[int, Any], prefix: bytes, offset: int) -> bytes:
    written = TiffImagePlugin.ImageFileDirectory_v2(prefix=prefix)
    for tag, value in directory.items():
        written[tag] = value
    return written.tobytes(offset)
