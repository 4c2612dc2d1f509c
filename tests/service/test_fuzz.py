"""Mutated edits, thousands of them, thrown at the real servicer over a real socket."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato.settings import Limits
from sfumato_client.wire import hosts_pb2, jobs_pb2, models_pb2
from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD
from tests.support.edits import wire_edit
from tests.support.errors import reason
from tests.support.service import METADATA, serving_in_thread

EXAMPLES = 2500
SMALL = Limits(window_pixels=10_000, edit_pixels=20_000, regions=4, upload_bytes=100_000)
FAULTS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}

METHODS = pb.DESCRIPTOR.services_by_name["Inpainting"].methods
QUESTIONS = [method.name for method in METHODS if not method.client_streaming]
REQUESTS = {
    name: getattr(module, name)
    for module in (pb, hosts_pb2, jobs_pb2, models_pb2)
    for name in module.DESCRIPTOR.message_types_by_name
}

Draw = Callable[[st.SearchStrategy[Any]], Any]

INTEGERS = st.sampled_from([0, 1, -1, 2, 3, 7, 8, 9, 31, 32, 47, 48, 49, 255, 4000, 2**31 - 1])
FLOATS = st.sampled_from([0.0, -0.0, 0.5, 1.0, 1.5, -1.0, 600.0, 1e30, math.nan, math.inf])
TEXTS = st.sampled_from(["", "fill", "puppet", "../x", "\0", "a\nb", "é" * 70, "x" * 5000])


def value(field: FieldDescriptor, draw: Draw) -> Any:
    """A value of the field's type, likely to be a bad one."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            text = draw(TEXTS)
            return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
        case FieldDescriptor.CPPTYPE_FLOAT | FieldDescriptor.CPPTYPE_DOUBLE:
            return draw(FLOATS)
        case FieldDescriptor.CPPTYPE_BOOL:
            return draw(st.booleans())
        case FieldDescriptor.CPPTYPE_ENUM:
            return draw(st.integers(0, 12))
        case FieldDescriptor.CPPTYPE_INT64:
            return draw(INTEGERS | st.sampled_from([2**40, 2**63 - 1, -(2**63)]))
        case _:
            return draw(INTEGERS)


def mutate(message: Message, draw: Draw) -> None:
    """Change one thing somewhere in a message."""
    fields = list(message.DESCRIPTOR.fields)
    present = [field for field, _ in message.ListFields()]
    # Mostly what is there: the rest is refused early, and at the same few places.
    field = draw(st.sampled_from(present * 3 + fields))
    inside = field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE
    current = getattr(message, field.name)
    if draw(st.integers(0, 9)) == 0:
        message.ClearField(field.name)
    elif field.is_repeated:
        action = draw(st.sampled_from(["change", "add", "remove"]))
        if action == "add" or not current:
            if inside:
                current.add()
            else:
                current.append(value(field, draw))
        elif action == "remove":
            del current[draw(st.integers(0, len(current) - 1))]
        elif inside:
            mutate(draw(st.sampled_from(list(current))), draw)
    elif inside:
        current.SetInParent()
        mutate(current, draw)
    else:
        setattr(message, field.name, value(field, draw))


def scramble(data: bytes, draw: Draw) -> bytes:
    """Change, drop or add some bytes."""
    at = draw(st.integers(0, max(0, len(data) - 1)))
    new = draw(st.binary(max_size=4))
    return data[:at] + new + data[at + draw(st.integers(0, 4)) :]


@st.composite
def streams(draw: Draw) -> list[bytes]:
    """The messages of an edit, spoiled in one to four ways."""
    edit = wire_edit()
    edit.header.request_id = str(draw(st.uuids()))
    edit.header.client.SetInParent()
    edit.header.result.SetInParent()
    ways = draw(
        st.lists(st.sampled_from(["field", "field", "bytes", "order"]), min_size=1, max_size=4)
    )
    for _ in range(ways.count("field")):
        mutate(edit.header, draw)
    messages = [request.SerializeToString() for request in edit.requests()]
    for _ in range(ways.count("bytes")):
        index = draw(st.integers(0, len(messages) - 1))
        messages[index] = scramble(messages[index], draw)
    for _ in range(ways.count("order")):
        index = draw(st.integers(0, len(messages) - 1))
        match draw(st.sampled_from(["drop", "repeat", "last", "cut"])):
            case "drop" if len(messages) > 1:
                del messages[index]
            case "repeat":
                messages.insert(index, messages[index])
            case "last":
                messages.append(messages.pop(index))
            case "cut":
                del messages[index + 1 :]
    return messages


def throw(channel: grpc.Channel, messages: list[bytes]) -> str:
    """Send a stream; what came of it."""
    # The sync client: grpc.aio's reports a failed write where the server's status has come.
    call = channel.stream_stream("/sfumato.v1.Inpainting/Inpaint")(
        iter(messages), metadata=METADATA, timeout=GUARD
    )
    last = b""
    try:
        for event in call:
            last = event
    except grpc.RpcError as error:
        assert error.code() not in FAULTS, error
        assert len(error.details().split()) >= 3
        assert reason(error)
        return error.code().name
    assert pb.InpaintEvent.FromString(last).HasField("done")
    return "OK"


@st.composite
def questions(draw: Draw) -> tuple[str, Message]:
    """A method that takes one request, and such a request, spoiled."""
    name = draw(st.sampled_from(QUESTIONS))
    request = REQUESTS[f"{name}Request"]()
    for _ in range(draw(st.integers(1, 4))):
        if request.DESCRIPTOR.fields:
            mutate(request, draw)
    if name == "WatchQueue":
        request.once = True
    return name, request


def faults(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Errors that were logged, but for one of gRPC's own.

    It has one poller for all event loops of a process, and complains when that still has something
    for the closed loop of an earlier test.
    """
    return [
        record
        for record in caplog.records
        if record.levelno >= logging.ERROR and "PollerCompletionQueue" not in record.getMessage()
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_mutated_question_harms_the_daemon(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving_in_thread(tmp_path, SMALL) as address, grpc.insecure_channel(address) as channel:
        stub = InpaintingStub(channel)

        @settings(max_examples=EXAMPLES // 5, deadline=None, database=None)
        @given(questions())
        def ask(question: tuple[str, Message]) -> None:
            name, request = question
            try:
                answer = getattr(stub, name)(request, metadata=METADATA, timeout=GUARD)
                if name in ("Attach", "ReadJob", "WatchQueue"):
                    list(answer)
            except grpc.RpcError as error:
                assert error.code() not in FAULTS, error
                assert reason(error)

        ask()
    assert not faults(caplog)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_mutated_edit_harms_the_daemon(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outcomes: Counter[str] = Counter()
    with serving_in_thread(tmp_path, SMALL) as address, grpc.insecure_channel(address) as channel:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(streams())
        def throw_one(messages: list[bytes]) -> None:
            outcomes[throw(channel, messages)] += 1

        throw_one()
        # Still there, and as good as before.
        edit = [request.SerializeToString() for request in wire_edit().requests()]
        assert throw(channel, edit) == "OK"
        arenas = list(tmp_path.rglob("*.arena"))
    assert outcomes.total() >= 2000
    reached = {"OK", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "ALREADY_EXISTS"}
    assert reached <= outcomes.keys(), "the mutations reach too little"
    assert len(arenas) <= outcomes["OK"] + 1, "refused edits left pixels behind"
    assert not faults(caplog)
