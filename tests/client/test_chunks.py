"""The shorter way of the pixels says the same as protobuf, and leaves the rest to it."""

from itertools import pairwise

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from sfumato_client.chunks import Chunk, decoded, encoded_chunk
from sfumato_client.wire.inpainting_pb2 import InpaintEvent, InpaintRequest, Progress
from sfumato_client.wire.pixels_pb2 import PixelChunk

PLANES = st.integers(0, 2**31 - 1)


def cut(data, places):
    """The bytes in pieces, cut at some places."""
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [memoryview(data)[a:b] for a, b in pairwise(edges) if b > a]


@given(PLANES, st.binary(min_size=1, max_size=40_000))
def test_encoded_chunks_are_what_protobuf_would_write(plane, data):
    head, body = encoded_chunk(plane, memoryview(data))
    message = InpaintRequest(chunk=PixelChunk(plane=plane, data=data))
    assert head + bytes(body) == message.SerializeToString()


@given(PLANES, st.binary(max_size=500), st.lists(st.integers(0, 600), max_size=4))
def test_chunks_are_read_from_any_pieces(plane, data, places):
    encoded = InpaintEvent(chunk=PixelChunk(plane=plane, data=data)).SerializeToString()
    found = decoded(cut(encoded, places), InpaintEvent)
    if isinstance(found, InpaintEvent):  # unusually cut, or without data
        found = Chunk(found.chunk.plane, [found.chunk.data])
    assert found.plane == plane
    assert b"".join(found.pieces) == data


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=3))
def test_any_bytes_are_read_as_protobuf_reads_them(data, places):
    try:
        expected = InpaintEvent.FromString(data)
    except DecodeError:
        with pytest.raises(DecodeError):
            decoded(cut(data, places), InpaintEvent)
        return
    found = decoded(cut(data, places), InpaintEvent)
    if isinstance(found, Chunk):
        assert expected.chunk.plane == found.plane
        assert expected.chunk.data == b"".join(found.pieces)
    else:
        assert found == expected


def test_a_chunk_in_one_piece_is_not_copied():
    data = bytes(100_000)
    encoded = InpaintEvent(chunk=PixelChunk(plane=3, data=data)).SerializeToString()
    found = decoded([memoryview(encoded)], InpaintEvent)
    assert isinstance(found, Chunk)
    assert found.pieces[0].obj is encoded


def test_other_messages_are_decoded_as_ever():
    event = InpaintEvent(progress=Progress(step=1, steps=2))
    assert decoded([memoryview(event.SerializeToString())], InpaintEvent) == event
    assert decoded([], Progress) == Progress()
