"""Edits of the puppet's, sent to a service in the test's own process."""

from __future__ import annotations

import zlib

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px
from tests.support.daemon import GUARD
from tests.support.edits import WireEdit, wire_edit
from tests.support.service import Service

Events = list[pb.InpaintEvent]


def kinds(events: Events) -> list[str | None]:
    """What happened, each kind once, in order."""
    return list(dict.fromkeys(event.WhichOneof("event") for event in events))


def planes(events: Events, variation: int = 0) -> dict[tuple[int, int], bytes]:
    """The unpacked planes of a variation, by region and role."""
    found: dict[tuple[int, int], bytes] = {}
    announced: list[pb.ResultPlane] = []
    wanted = False
    for event in events:
        if event.HasField("result"):
            announced, wanted = list(event.result.planes), event.result.variation == variation
        elif event.HasField("chunk") and wanted:
            plane = announced[event.chunk.plane]
            key = plane.region, plane.role
            found[key] = found.get(key, b"") + event.chunk.data
    for plane in announced:
        key = plane.region, plane.role
        if key in found and plane.plane.codec == px.CODEC_DEFLATE:
            found[key] = zlib.decompress(found[key])
    return found


def puppet_edit(prompt: str = "count", **parameters: object) -> WireEdit:
    edit = wire_edit()
    for name, value in {"prompt": prompt, "steps": 3, **parameters}.items():
        setattr(edit.header.parameters, name, value)
    return edit


async def inpaint(service: Service, edit: WireEdit) -> Events:
    call = service.stub.Inpaint(edit.requests(), metadata=service.metadata, timeout=GUARD)
    return [event async for event in call]
