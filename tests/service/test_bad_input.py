"""Every stream a client can get wrong: a status, a sentence, nothing left, and the daemon alive."""

from __future__ import annotations

import itertools
import zlib

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import HEIGHT, WIDTH, selection, wire_edit
from tests.support.errors import field, reason
from tests.support.spoiled import EXHAUSTED, INVALID, NOT_FOUND, refused

pytestmark = pytest.mark.usefixtures("unharmed")


def chunk(index: int, data: bytes) -> pb.InpaintRequest:
    return pb.InpaintRequest(chunk=px.PixelChunk(plane=index, data=data))


def test_an_empty_stream_is_refused(daemon: Daemon) -> None:
    assert refused(daemon, iter(())).code() is INVALID


def test_a_stream_that_begins_with_pixels_is_refused(daemon: Daemon) -> None:
    assert refused(daemon, iter([chunk(0, b"x")])).code() is INVALID


@pytest.mark.parametrize("kept", [1, 2, 4, 6])
def test_a_truncated_stream_is_refused(kept: int, daemon: Daemon) -> None:
    error = refused(daemon, itertools.islice(wire_edit().requests(), kept))
    assert error.code() is INVALID
    assert reason(error) == "TRUNCATED"


def test_an_overlong_stream_is_refused(daemon: Daemon) -> None:
    requests = itertools.chain(wire_edit().requests(), [chunk(1, b"more")])
    assert reason(refused(daemon, requests)) == "OVERLONG"


def test_a_second_header_is_refused(daemon: Daemon) -> None:
    header = pb.InpaintRequest(header=wire_edit().header)
    requests = itertools.chain([header], wire_edit().requests())
    assert refused(daemon, requests).code() is INVALID


def test_an_empty_message_in_the_stream_is_refused(daemon: Daemon) -> None:
    requests = itertools.chain([pb.InpaintRequest(header=wire_edit().header)], [chunk(0, b"")])
    assert field(refused(daemon, requests)) == "chunk.data"


def test_planes_out_of_order_are_refused(daemon: Daemon) -> None:
    edit = wire_edit()
    requests = iter([pb.InpaintRequest(header=edit.header), chunk(1, edit.planes[1])])
    assert field(refused(daemon, requests)) == "chunk.plane"


def test_bytes_that_are_no_messages_are_refused(daemon: Daemon) -> None:
    with grpc.insecure_channel(daemon.address) as channel:
        inpaint = channel.stream_stream("/sfumato.v1.Inpainting/Inpaint")
        with pytest.raises(grpc.RpcError) as caught:
            list(inpaint(iter([b"\xff\xff\xff"]), metadata=daemon.metadata, timeout=GUARD))
    assert caught.value.code() is INVALID
    assert reason(caught.value) == "NOT_A_MESSAGE"


def test_a_message_beyond_the_limit_of_grpc_is_refused(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.prompt = "x" * 5_000_000
    with daemon.stub() as stub, pytest.raises(grpc.RpcError) as caught:
        list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD))
    assert caught.value.code() is EXHAUSTED


def test_a_selection_of_nothing_is_refused(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.replace_plane(1, zlib.compress(bytes(WIDTH * HEIGHT)))
    error = refused(daemon, edit.requests())
    assert error.code() is INVALID
    assert reason(error) == "EMPTY_SELECTION"


PACKED = selection().tobytes()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"no zlib stream at all", id="no stream"),
        pytest.param(zlib.compress(PACKED[:-1]), id="a pixel too few"),
        pytest.param(zlib.compress(PACKED + b"x"), id="a pixel too many"),
        pytest.param(zlib.compress(bytes(3_000_000)), id="a bomb"),
        pytest.param(zlib.compress(PACKED)[:-2], id="no checksum"),
        pytest.param(zlib.compress(PACKED)[:-1] + b"\0", id="a wrong checksum"),
        pytest.param(zlib.compress(PACKED) + b"x", id="a tail"),
    ],
)
def test_a_selection_that_does_not_unpack_to_its_size_is_refused(
    data: bytes, daemon: Daemon
) -> None:
    edit = wire_edit()
    edit.replace_plane(1, data)
    error = refused(daemon, edit.requests())
    assert error.code() is INVALID
    assert reason(error) == "BAD_PLANE"


@pytest.mark.parametrize("method", ["Attach", "Cancel", "GetJob", "ReadJob", "UpdateJob"])
def test_an_unknown_job_is_not_found(method: str, daemon: Daemon) -> None:
    module = (
        pb
        if method in ("Attach", "Cancel")
        else __import__("sfumato_client.wire.jobs_pb2", fromlist=["jobs_pb2"])
    )
    request = getattr(module, f"{method}Request")(job_id="0" * 32)
    with daemon.stub() as stub, pytest.raises(grpc.RpcError) as caught:
        answer = getattr(stub, method)(request, metadata=daemon.metadata, timeout=GUARD)
        list(answer)
    assert caught.value.code() is NOT_FOUND
    assert reason(caught.value) == "UNKNOWN_JOB"
