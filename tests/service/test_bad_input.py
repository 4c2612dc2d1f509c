"""Everything a client can get wrong: a status, a sentence, nothing left, and the daemon alive."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Iterator

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import parameters_pb2 as pp
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import HEIGHT, WIDTH, WireEdit, selection, wire_edit
from tests.support.errors import field, reason

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
KNOWN = px.Extent(width=WIDTH - 8, height=HEIGHT)

Spoil = Callable[[WireEdit], object]


@pytest.fixture(autouse=True)
def unharmed(daemon: Daemon) -> Iterator[None]:
    """After every test the daemon answers, holds no pixels and had no fault."""
    spool = daemon.state / "spool"
    before = set(spool.iterdir())
    yield
    assert daemon.answers()
    assert set(spool.iterdir()) == before
    assert "Traceback" not in daemon.log


def refused(daemon: Daemon, requests: Iterator[pb.InpaintRequest]) -> grpc.RpcError:
    with daemon.stub() as stub, pytest.raises(grpc.RpcError) as caught:
        list(stub.Inpaint(requests, metadata=daemon.metadata, timeout=GUARD))
    error = caught.value
    sentence = error.details()
    assert sentence.strip().endswith((".", ")", "`")), sentence
    assert len(sentence.split()) >= 4
    assert reason(error)
    return error


def region(edit: WireEdit) -> pb.Region:
    return edit.header.regions.regions[0]


def grown(edit: WireEdit, field_: str, change: int) -> None:
    plane = edit.header.planes[0]
    setattr(plane.extent, field_, getattr(plane.extent, field_) + change)


def add_region(edit: WireEdit, **bounds: int) -> None:
    again = edit.header.regions.regions.add()
    again.CopyFrom(region(edit))
    again.core.CopyFrom(px.Bounds(**bounds))


def huge_window(edit: WireEdit) -> None:
    side = 8001
    edit.header.canvas.CopyFrom(px.Extent(width=side, height=side))
    region(edit).window.CopyFrom(px.Bounds(width=side, height=side))
    for plane in edit.header.planes:
        plane.extent.CopyFrom(px.Extent(width=side, height=side))
    edit.header.planes[0].encoded_bytes = side * side * 3


def unknown_field(edit: WireEdit) -> None:
    # Field 1000, a varint: what a client of a later version may send.
    edit.header.regions.regions[0].MergeFromString(bytes([0xC0, 0x3E, 0x01]))


SIZES: dict[str, tuple[Spoil, grpc.StatusCode, str]] = {
    "a picture wider than its window": (lambda e: grown(e, "width", 1), INVALID, "planes[0]"),
    "a zero width": (lambda e: grown(e, "width", -WIDTH), INVALID, "planes[0].extent.width"),
    "a negative height": (lambda e: grown(e, "height", -99), INVALID, "planes[0].extent.height"),
    "a zero canvas": (lambda e: e.header.canvas.Clear(), INVALID, "canvas.width"),
    "an enormous canvas": (
        lambda e: setattr(e.header.canvas, "width", 2**31 - 1),
        INVALID,
        "canvas.width",
    ),
    "a window of no height": (
        lambda e: setattr(region(e).window, "height", 0),
        INVALID,
        "regions.regions[0].window",
    ),
    "a negative window": (
        lambda e: setattr(region(e).window, "width", -5),
        INVALID,
        "regions.regions[0].window",
    ),
    "a window beyond the canvas": (
        lambda e: setattr(region(e).window, "x", 1),
        INVALID,
        "regions.regions[0].window",
    ),
    "a window whose end overflows": (
        lambda e: setattr(region(e).window, "x", 2**31 - 1),
        INVALID,
        "regions.regions[0].window",
    ),
    "a window of more than 64 megapixels": (huge_window, EXHAUSTED, "regions.regions[0].window"),
    "a core beyond its window": (
        lambda e: region(e).core.CopyFrom(px.Bounds(x=40, width=9, height=9)),
        INVALID,
        "regions.regions[0].core",
    ),
    "overlapping cores": (
        lambda e: add_region(e, x=0, y=0, width=5, height=5),
        INVALID,
        "regions.regions[1].core",
    ),
    "no regions": (lambda e: e.header.regions.Clear(), INVALID, "regions.regions"),
    "no source": (lambda e: e.header.ClearField("regions"), INVALID, "regions"),
    "a plane index beyond the planes": (
        lambda e: setattr(region(e), "picture", 2),
        INVALID,
        "regions.regions[0].picture",
    ),
    "a negative plane index": (
        lambda e: setattr(region(e), "selection", -1),
        INVALID,
        "regions.regions[0].selection",
    ),
    "a plane that nothing uses": (
        lambda e: e.header.planes.append(e.header.planes[1]),
        INVALID,
        "planes[2]",
    ),
    "more planes than regions can use": (
        lambda e: e.header.planes.extend([e.header.planes[1]] * 10),
        INVALID,
        "planes",
    ),
    "more regions than allowed": (
        lambda e: e.header.regions.regions.extend([region(e)] * 300),
        EXHAUSTED,
        "regions.regions",
    ),
    "fewer raw bytes than pixels": (
        lambda e: setattr(e.header.planes[0], "encoded_bytes", 5),
        INVALID,
        "planes[0].encoded_bytes",
    ),
    "negative bytes": (
        lambda e: setattr(e.header.planes[1], "encoded_bytes", -1),
        INVALID,
        "planes[1].encoded_bytes",
    ),
    "packed bytes out of all proportion": (
        lambda e: setattr(e.header.planes[1], "encoded_bytes", 2**40),
        INVALID,
        "planes[1].encoded_bytes",
    ),
    "a selection in colour": (
        lambda e: setattr(region(e), "selection", 0),
        INVALID,
        "regions.regions[0].selection",
    ),
    "a codec that is not said": (
        lambda e: setattr(e.header.planes[0], "codec", 0),
        INVALID,
        "planes[0].codec",
    ),
    "an unknown codec": (
        lambda e: setattr(e.header.planes[0], "codec", 77),
        INVALID,
        "planes[0].codec",
    ),
    "an unknown colour model": (
        lambda e: setattr(e.header.planes[0], "color_model", 9),
        INVALID,
        "planes[0].color_model",
    ),
    "a depth that is not said": (
        lambda e: setattr(e.header.planes[0], "depth", 0),
        INVALID,
        "planes[0].depth",
    ),
    "a gray WebP": (
        lambda e: setattr(e.header.planes[1], "codec", px.CODEC_WEBP_LOSSLESS),
        INVALID,
        "planes[1].codec",
    ),
}


def parameter(**changes: object) -> Spoil:
    def spoil(edit: WireEdit) -> None:
        for name, value in changes.items():
            setattr(edit.header.parameters, name, value)

    return spoil


def outpaint(known: px.Extent | None = KNOWN, **sides: int) -> Spoil:
    def spoil(edit: WireEdit) -> None:
        edit.header.outpaint.CopyFrom(pp.Outpaint(known=known, **sides))

    return spoil


PARAMETERS: dict[str, tuple[Spoil, grpc.StatusCode, str]] = {
    "a NaN strength": (parameter(strength=math.nan), INVALID, "parameters.strength"),
    "an infinite feather": (parameter(feather=math.inf), INVALID, "parameters.feather"),
    "a feather too wide": (parameter(feather=512.5), INVALID, "parameters.feather"),
    "a negative grow": (parameter(grow=-1), INVALID, "parameters.grow"),
    "a strength above 1": (parameter(strength=1.5), INVALID, "parameters.strength"),
    "a strength of 0": (parameter(strength=0), INVALID, "parameters.strength"),
    "no steps": (parameter(steps=0), INVALID, "parameters.steps"),
    "too many steps": (parameter(steps=151), INVALID, "parameters.steps"),
    "too much guidance": (parameter(guidance=51), INVALID, "parameters.guidance"),
    "a negative seed": (parameter(seed=-1), INVALID, "parameters.seed"),
    "a seed whose variations overflow": (
        parameter(seed=2**63 - 1, variations=2),
        INVALID,
        "parameters.seed",
    ),
    "no variations": (parameter(variations=0), INVALID, "parameters.variations"),
    "too many variations": (parameter(variations=9), INVALID, "parameters.variations"),
    "a prompt of a megabyte": (parameter(prompt="x" * 1_000_000), INVALID, "parameters.prompt"),
    "a long negative prompt": (
        parameter(negative_prompt="x" * 4001),
        INVALID,
        "parameters.negative_prompt",
    ),
    "an unknown operation": (parameter(operation=99), INVALID, "parameters.operation"),
    "an unknown scheduler": (parameter(scheduler=99), INVALID, "parameters.scheduler"),
    "an unknown model": (parameter(model="dall-e"), NOT_FOUND, "parameters.model"),
    "a path as a model": (parameter(model="../../etc"), NOT_FOUND, "parameters.model"),
    "an unknown preset": (parameter(preset="sky"), NOT_FOUND, "parameters.preset"),
    "an unknown LoRA": (
        lambda e: e.header.parameters.loras.add(name="x", scale=1),
        NOT_FOUND,
        "parameters.loras",
    ),
    "a LoRA too heavy": (
        lambda e: e.header.parameters.loras.add(name="x", scale=3),
        INVALID,
        "parameters.loras[0].scale",
    ),
    "five LoRAs": (
        lambda e: e.header.parameters.loras.extend([pp.Lora(name="x")] * 5),
        INVALID,
        "parameters.loras",
    ),
    "a control of no kind": (
        lambda e: e.header.parameters.controls.add(),
        INVALID,
        "parameters.controls[0].kind",
    ),
    "a control that ends before it starts": (
        lambda e: e.header.parameters.controls.add(kind=1, start=0.5, end=0.5),
        INVALID,
        "parameters.controls[0].end",
    ),
    "a control of a missing plane": (
        lambda e: e.header.parameters.controls.add(kind=1, plane=7),
        INVALID,
        "parameters.controls[0].plane",
    ),
    "a reference in gray": (
        lambda e: e.header.parameters.references.add(plane=1),
        INVALID,
        "parameters.references[0].plane",
    ),
    "a margin without its mode": (
        lambda e: setattr(e.header.parameters.context, "margin", 40),
        INVALID,
        "parameters.context.margin",
    ),
    "a margin too small": (
        lambda e: e.header.parameters.context.CopyFrom(pp.Context(mode=2, margin=5)),
        INVALID,
        "parameters.context.margin",
    ),
    "a prompt without a model for it": (
        parameter(prompt="a cat"),
        PRECONDITION,
        "parameters.model",
    ),
    "a generation without a prompt": (parameter(operation=2), PRECONDITION, "parameters.model"),
    "a prompt for fill": (
        parameter(model="fill", operation=1, prompt="a cat"),
        PRECONDITION,
        "parameters.model",
    ),
    "change by degrees with fill": (parameter(gray=2), PRECONDITION, "parameters.gray"),
    "a strength for fill": (parameter(strength=0.5), PRECONDITION, "parameters.strength"),
    "steps for fill": (parameter(steps=20), PRECONDITION, "parameters.steps"),
    "a sampler for fill": (parameter(scheduler=4), PRECONDITION, "parameters.scheduler"),
    "a better prompt for none": (
        parameter(enhance_prompt=True),
        PRECONDITION,
        "parameters.enhance_prompt",
    ),
    "a preset that needs a prompt": (parameter(preset="replace"), PRECONDITION, "parameters.model"),
}

HEADERS: dict[str, tuple[Spoil, grpc.StatusCode, str]] = {
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


@pytest.mark.parametrize("what", [*SIZES, *PARAMETERS, *HEADERS])
def test_a_bad_header_is_refused_by_the_name_of_its_field(what: str, daemon: Daemon) -> None:
    spoil, code, blamed = {**SIZES, **PARAMETERS, **HEADERS}[what]
    edit = wire_edit()
    spoil(edit)
    error = refused(daemon, edit.requests())
    assert error.code() is code
    assert field(error).startswith(blamed) or blamed == "planes[0]"


def test_generation_says_how_to_get_a_model(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.prompt = "a cat"
    error = refused(daemon, edit.requests())
    assert reason(error) == "NEEDS_MODEL"
    assert "--model NAME=DIR" in error.details()


def test_an_unknown_model_is_answered_with_the_known_ones(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.model = "dall-e"
    assert "Known: fill." in refused(daemon, edit.requests()).details()


@pytest.mark.parametrize(("major", "side"), [(0, "client"), (2, "daemon")])
def test_a_version_that_does_not_fit_says_which_side_to_update(
    major: int, side: str, daemon: Daemon
) -> None:
    edit = wire_edit()
    edit.header.protocol.major = major
    error = refused(daemon, edit.requests())
    assert reason(error) == "VERSION_MISMATCH"
    assert f"Update the {side}" in error.details()


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
