"""Headers that say what cannot be are refused by the name of the field."""

from __future__ import annotations

import pytest

from sfumato_client.wire import parameters_pb2 as pp
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import Daemon
from tests.support.edits import HEIGHT, WIDTH, WireEdit, wire_edit
from tests.support.errors import reason
from tests.support.spoiled import (
    INVALID,
    PRECONDITION,
    Spoil,
    Spoiled,
    parameter,
    refused,
    refused_by_name,
)

KNOWN = px.Extent(width=WIDTH - 8, height=HEIGHT)

pytestmark = pytest.mark.usefixtures("unharmed")


def unknown_field(edit: WireEdit) -> None:
    # Field 1000, a varint: what a client of a later version may send.
    edit.header.regions.regions[0].MergeFromString(bytes([0xC0, 0x3E, 0x01]))


def outpaint(known: px.Extent | None = KNOWN, **sides: int) -> Spoil:
    def spoil(edit: WireEdit) -> None:
        edit.header.outpaint.CopyFrom(pp.Outpaint(known=known, **sides))

    return spoil


HEADERS: Spoiled = {
    "an older protocol": (lambda e: e.header.ClearField("protocol"), PRECONDITION, "protocol"),
    "a newer protocol": (
        lambda e: setattr(e.header.protocol, "major", 2),
        PRECONDITION,
        "protocol",
    ),
    "a request id that is none": (
        lambda e: setattr(e.header, "request_id", "7"),
        INVALID,
        "request_id",
    ),
    "a client's name with a line break": (
        lambda e: setattr(e.header.client, "name", "a\nb"),
        INVALID,
        "client.name",
    ),
    "a long title": (lambda e: setattr(e.header, "title", "x" * 65), INVALID, "title"),
    "a bad trace": (lambda e: setattr(e.header, "traceparent", "1"), INVALID, "traceparent"),
    "an unknown priority": (lambda e: setattr(e.header, "priority", 9), INVALID, "priority"),
    "an unknown result codec": (
        lambda e: e.header.result.codecs.append(9),
        INVALID,
        "result.codecs[0]",
    ),
    "a preview too large": (
        lambda e: setattr(e.header.result, "preview_side", 2000),
        INVALID,
        "result.preview_side",
    ),
    "a field of a later version": (unknown_field, INVALID, "regions.regions[0]"),
    "a stage without a name": (lambda e: e.header.stages.add(), INVALID, "stages[0].name"),
    "two stages of one name": (
        lambda e: e.header.stages.extend([pp.Stage(name="x"), pp.Stage(name="x")]),
        INVALID,
        "stages[1].name",
    ),
    "too many stages": (
        lambda e: e.header.stages.extend(pp.Stage(name=str(k)) for k in range(9)),
        INVALID,
        "stages",
    ),
    "a border before anything is made": (
        lambda e: e.header.stages.add(name="x", boundary=True),
        INVALID,
        "stages[0].boundary",
    ),
    "a stage with a feather of its own": (
        lambda e: e.header.stages.add(name="x", parameters={"feather": 3}),
        INVALID,
        "stages[0].parameters.feather",
    ),
    "a stage that the model cannot do": (
        lambda e: e.header.stages.add(name="x", parameters={"strength": 0.5}),
        PRECONDITION,
        "parameters.strength",
    ),
    "outpainting that adds nothing": (outpaint(), INVALID, "outpaint"),
    "a side that takes away": (outpaint(left=-1), INVALID, "outpaint.left"),
    "a side too long": (outpaint(bottom=70_000), INVALID, "outpaint.bottom"),
    "an overlap too wide": (outpaint(left=8, overlap=2000), INVALID, "outpaint.overlap"),
    "no known picture": (outpaint(left=8, known=None), INVALID, "outpaint.known.width"),
    "a known picture of another size": (outpaint(left=9), INVALID, "outpaint.known"),
    "new canvas that changes by degrees": (
        lambda e: (outpaint(left=8)(e), parameter(gray=2)(e)),
        PRECONDITION,
        "parameters.gray",
    ),
    "another owner's or no input": (
        lambda e: setattr(e.header.stored_input, "job_id", "0" * 32),
        INVALID,
        "planes",
    ),
}


@pytest.mark.parametrize(("major", "side"), [(0, "client"), (2, "daemon")])
def test_a_version_that_does_not_fit_says_which_side_to_update(
    major: int, side: str, daemon: Daemon
) -> None:
    edit = wire_edit()
    edit.header.protocol.major = major
    error = refused(daemon, edit.requests())
    assert reason(error) == "VERSION_MISMATCH"
    assert f"Update the {side}" in error.details()


@pytest.mark.parametrize("what", HEADERS)
def test_a_bad_header_is_refused_by_the_name_of_its_field(what: str, daemon: Daemon) -> None:
    refused_by_name(daemon, *HEADERS[what])
