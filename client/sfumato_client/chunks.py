"""Pixel chunks to and from protobuf's encoding without copying the pixels.

A ``PixelChunk`` is a few bytes of head and half a MiB of pixels. Encoding it as any message copies
the pixels twice, decoding too; here the head is made and read by itself, and the pixels stay views
of the memory that they lie in. What looks otherwise than our own side writes it goes through
protobuf, so this is only ever a shorter way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError, Message

from sfumato_client.wire.inpainting_pb2 import InpaintEvent, InpaintRequest
from sfumato_client.wire.pixels_pb2 import PixelChunk

# A head is at most this long: three field numbers and three lengths.
_MOST_HEAD = 24


class Pieces(NamedTuple):
    """A message as it travels, already encoded, in two parts that are not joined."""

    head: bytes
    body: memoryview


class Chunk(NamedTuple):
    """A run of a plane's bytes, in the pieces that it came in."""

    plane: int
    pieces: Sequence[bytes | memoryview]


def encoded_chunk(plane: int, data: memoryview) -> Pieces:
    """Encode ``InpaintRequest(chunk=PixelChunk(plane, data))``; ``SegmentRequest`` is the same."""
    index = _PLANE + _varint(plane) if plane else b""
    chunk = index + _DATA + _varint(len(data))
    return Pieces(_REQUEST_CHUNK + _varint(len(chunk) + len(data)) + chunk, data)


def decoded(pieces: Sequence[memoryview], kind: type[Any]) -> Any:
    """Decode a message that came in pieces: a ``Chunk``, or else a message of this kind.

    Raises protobuf's ``DecodeError``.
    """
    if kind is InpaintEvent and (chunk := _decoded_chunk(pieces)) is not None:
        return chunk
    message: Message = kind()
    message.ParseFromString(b"".join(pieces))
    return message


def _decoded_chunk(pieces: Sequence[memoryview]) -> Chunk | None:
    """Read ``InpaintEvent(chunk=...)``; None if it is anything else, or unusually written."""
    if not pieces or bytes(pieces[0][:1]) != _EVENT_CHUNK:
        return None
    head = bytes(pieces[0][:_MOST_HEAD])
    total = sum(map(len, pieces))
    try:
        length, at = _read_varint(head, 1)
        whole = at + length == total
        plane = 0
        if head[at : at + 1] == _PLANE:
            plane, at = _read_varint(head, at + 1)
        has_data = head[at : at + 1] == _DATA
        length, at = _read_varint(head, at + 1)
    except DecodeError:
        return None
    if not whole or not has_data or at + length != total:
        return None
    return Chunk(plane, [pieces[0][at:], *pieces[1:]])


def _field(message: type[Message], name: str) -> bytes:
    """Return the bytes that announce a field."""
    described = message.DESCRIPTOR.fields_by_name[name]
    wire_type = 0 if described.type == described.TYPE_INT32 else 2
    return _varint(described.number << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number; return it and where the next begins."""
    value = shift = 0
    for index in range(at, len(data)):
        value |= (data[index] & 0x7F) << shift
        shift += 7
        if data[index] < 0x80:
            return value, index + 1
    raise DecodeError("a number without its end")


_REQUEST_CHUNK = _field(InpaintRequest, "chunk")
_EVENT_CHUNK = _field(InpaintEvent, "chunk")
_PLANE = _field(PixelChunk, "plane")
_DATA = _field(PixelChunk, "data")
