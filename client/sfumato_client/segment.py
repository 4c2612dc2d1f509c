"""Selections made by the daemon: what a click, a box or a word means, asked in one call.

A question lives as long as its call: nothing is kept of it, and a client that goes ends it. So
unlike an edit it is never taken up again; who still wants the answer asks once more.
"""

from __future__ import annotations

import asyncio
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import reduce

from sfumato_client.chunks import Pieces
from sfumato_client.duplex import converse
from sfumato_client.edit import Raster
from sfumato_client.errors import Protocol, Refused
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.link import Link
from sfumato_client.result import bounds_of
from sfumato_client.selection import Selection
from sfumato_client.upload import Bytes, chunked, wire_bounds, wire_extent
from sfumato_client.wire import pixels_pb2, segment_pb2

LEAST_SURROUNDINGS = 64
"""Pixels that are shown around a box, or half its longer side."""

Phases = Callable[[str], object]


@dataclass(frozen=True)
class Search:
    """What to look for, and in which pixels: ``picture`` lies at ``window`` of the canvas.

    ``target`` and the options are the wire's own: None is the daemon's choice.
    """

    picture: Raster
    window: Bounds
    target: segment_pb2.Target
    model: str = ""
    confidence: float | None = None
    count: int | None = None
    grow: int = 0
    invert: bool = False


@dataclass(frozen=True)
class Instance:
    """One thing found: its box on the canvas, how sure that is (0 to 1), its name if it has one."""

    box: Bounds
    confidence: float
    label: str


@dataclass(frozen=True)
class Found:
    """The answer: coverage of the whole window, what it holds, and which model found it."""

    window: Bounds
    coverage: bytes = field(repr=False)
    instances: tuple[Instance, ...]
    model: str

    @property
    def selection(self) -> Selection:
        """What is selected; raises ``Refused`` if that is nothing."""
        if not any(self.coverage):
            raise Refused(
                "Nothing was found. Draw a box more closely around it, or try other words.",
                "NOTHING_FOUND",
            )
        return Selection.trimmed(self.window, self.coverage)


def looked_at(target: segment_pb2.Target, canvas: Extent, invert: bool = False) -> Bounds:
    """The part of a canvas that a question should show: for boxes what lies around them, else all.

    An answer covers what was shown, so an inverted one has to show all.
    """
    whole = Bounds.of(canvas)
    if target.points or not target.boxes or target.text or target.subject or target.face or invert:
        return whole
    boxes = [bounds_of(box) for box in target.boxes]
    shown = reduce(Bounds.union, boxes)
    margin = max(LEAST_SURROUNDINGS, max(shown.extent) // 2)
    return shown.padded(margin).intersection(whole)


async def segment(link: Link, search: Search, phases: Phases = lambda _: None) -> Found:
    """Ask, and wait for the answer; ``phases`` is told what is going on, in a word or two.

    A task that is cancelled ends the question. Raises the errors of ``sfumato_client.errors``.
    """
    if search.picture.extent != search.window.extent:
        raise Refused("The picture has another size than its window.")
    raw = link.endpoint.is_loopback
    pixels = memoryview(search.picture.data).cast("B")
    data: Bytes = pixels if raw else await asyncio.to_thread(zlib.compress, pixels, 1)
    requests = _requests(_header(search, len(data), raw), data)
    answer: _Answer | None = None
    with link.errors():
        replies = converse(link, link.stub.Segment, requests)
        async with aclosing(replies):  # type: ignore[type-var]
            async for reply in replies:
                kind = reply.WhichOneof("event")
                if kind == "phase":
                    phases(reply.phase)
                elif kind == "segmented":
                    answer = _Answer(reply.segmented, search.window)
                elif kind == "chunk" and answer is not None:
                    answer.add(reply.chunk.data)
    if answer is None:
        raise Protocol("The daemon ended the call without an answer.")
    return answer.finish()


def _header(search: Search, size: int, raw: bool) -> segment_pb2.SegmentHeader:
    picture = search.picture
    return segment_pb2.SegmentHeader(
        request_id=str(uuid.uuid4()),
        picture=pixels_pb2.Plane(
            extent=wire_extent(picture.extent),
            color_model=picture.samples.color_model,
            depth=picture.wire_depth,
            codec=pixels_pb2.CODEC_RAW if raw else pixels_pb2.CODEC_DEFLATE,
            encoded_bytes=size,
        ),
        window=wire_bounds(search.window),
        target=search.target,
        model=search.model,
        confidence=search.confidence,
        count=search.count,
        grow=search.grow,
        invert=search.invert,
    )


def _requests(
    header: segment_pb2.SegmentHeader, data: Bytes
) -> Iterator[segment_pb2.SegmentRequest | Pieces]:
    yield segment_pb2.SegmentRequest(header=header)
    yield from chunked(0, data)


class _Answer:
    """An answer on its way in; raises ``Protocol`` for what does not fit the question."""

    def __init__(self, announced: segment_pb2.Segmented, window: Bounds) -> None:
        plane = announced.plane
        form = plane.color_model, plane.depth, plane.codec
        wanted = (
            pixels_pb2.COLOR_MODEL_GRAY,
            pixels_pb2.DEPTH_U8,
            pixels_pb2.CODEC_DEFLATE,
        )
        if form != wanted or (plane.extent.width, plane.extent.height) != window.extent:
            raise Protocol("The daemon's selection does not fit the picture it was asked about.")
        self._announced = announced
        self._window = window
        self._inflater = zlib.decompressobj()
        self._parts: list[bytes] = []
        self._room = window.area

    def add(self, data: bytes) -> None:
        """Take in a part, inflated to no more than was announced."""
        try:
            part = self._inflater.decompress(data, self._room + 1)
        except zlib.error as error:
            raise Protocol(
                f"The daemon sent a selection that does not inflate ({error})."
            ) from error
        self._room -= len(part)
        if self._room < 0 or self._inflater.unconsumed_tail:
            raise Protocol("The daemon sent more than it announced.")
        self._parts.append(part)

    def finish(self) -> Found:
        """Put it together."""
        if self._room or not self._inflater.eof:
            raise Protocol("The daemon broke off its answer in the middle.")
        instances = tuple(
            Instance(bounds_of(instance.box), instance.confidence, instance.label)
            for instance in self._announced.instances
        )
        return Found(self._window, b"".join(self._parts), instances, self._announced.model)
