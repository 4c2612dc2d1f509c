"""Windows, cores and planes that do not fit together are refused by name."""

from __future__ import annotations

import pytest

from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import Daemon
from tests.support.edits import WIDTH, WireEdit
from tests.support.spoiled import EXHAUSTED, INVALID, Spoiled, refused_by_name, region

pytestmark = pytest.mark.usefixtures("unharmed")


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


SIZES: Spoiled = {
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


@pytest.mark.parametrize("what", SIZES)
def test_bad_sizes_are_refused_by_the_name_of_their_field(what: str, daemon: Daemon) -> None:
    refused_by_name(daemon, *SIZES[what])
