"""The pixels of an edit, from the stream straight into the job's arena.

Unpacking runs in threads, so that the event loop goes on serving everybody else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from grpc import StatusCode

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.work import PlaneRef, RegionWork, Stage
from sfumato.service.announcement import AnnouncedRegion, Announcement
from sfumato.service.planes import AnnouncedPlane, Codec
from sfumato.service.status import Refusal, invalid
from sfumato.service.strict import refuse_unknown_fields
from sfumato.service.unpack import writer
from sfumato.settings import Limits
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import segment_pb2

MAX_CHUNK = 1 << 20
_COVERED = re.compile(rb"[^\x00]")

Request = pb.InpaintRequest | segment_pb2.SegmentRequest
Requests = AsyncIterator[Request]
ResultType = Literal["uint8", "uint16"] | None
"""Sample type of the colour planes; None for the picture's own."""


@dataclass(frozen=True, slots=True)
class Received:
    """Where everything lies in the arena, the room for the results included."""

    layout: Layout
    planes: tuple[PlaneRef, ...]
    regions: tuple[RegionWork, ...]
    extras: tuple[PlaneRef, ...]


class _Chunk(NamedTuple):
    plane: int
    data: bytes


def laid_out(
    announcement: Announcement,
    variations: int,
    depth: ResultType,
    stages: tuple[Stage, ...] = (),
) -> Received:
    """Room for all that is announced and for what will be made of it."""
    layout = Layout()
    planes = tuple(
        layout.plane((plane.extent.height, plane.extent.width, plane.samples), plane.dtype)
        for plane in announcement.planes
    )

    def region_work(region: AnnouncedRegion) -> RegionWork:
        picture = planes[region.picture]
        selection = _coverage(planes[region.selection])
        return RegionWork(
            window=region.window,
            core=region.core,
            picture=picture,
            selection=selection,
            mask=None if region.mask is None else _coverage(planes[region.mask]),
            result_mask=layout.plane(selection.shape, "uint8"),
            colors=tuple(
                layout.plane(picture.shape, depth or picture.dtype)
                for _ in range(variations * max(1, len(stages)))
            ),
            before=layout.plane(picture.shape, depth or picture.dtype) if stages else None,
            ring=layout.plane(selection.shape, "uint8") if stages else None,
            ring_mask=layout.plane(selection.shape, "uint8") if stages else None,
        )

    regions = tuple(region_work(region) for region in announcement.regions)
    extras = tuple(planes[index] for index in announcement.extras)
    return Received(layout, planes, regions, extras)


def _coverage(plane: PlaneRef) -> PlaneRef:
    """A plane of one sample as engines take selections and masks: rows and columns alone."""
    return replace(plane, shape=plane.shape[:2])


async def receive(
    requests: Requests,
    announced: Sequence[AnnouncedPlane],
    places: Sequence[PlaneRef],
    arena: Arena,
    limits: Limits,
) -> None:
    """Fill the arena from the stream, to its last byte.

    Raises a ``Refusal`` for bytes that do not keep to the announcement, and for a client that sends
    nothing for ``limits.stall_seconds``, or so little each time that it would go on for days.
    """
    stall_seconds, least = limits.stall_seconds, limits.upload_bytes_per_second
    size = sum(plane.encoded_bytes for plane in announced)
    try:
        async with asyncio.timeout(stall_seconds + size / least):
            for index, (plane, place) in enumerate(zip(announced, places, strict=True)):
                await _receive_plane(requests, index, plane, arena.view(place), stall_seconds)
            if await _next_chunk(requests, stall_seconds) is not None:
                raise invalid("chunk", "More came than was announced.", "OVERLONG")
    except TimeoutError:
        raise Refusal(
            StatusCode.DEADLINE_EXCEEDED,
            "TOO_SLOW",
            f"The pixels came at less than {least:,} bytes a second. Use a faster connection, or "
            "a smaller selection.",
        ) from None


async def check_selected(received: Received, arena: Arena) -> None:
    """Raise a ``Refusal`` if nothing is selected."""
    selections = [arena.view(region.selection) for region in received.regions]
    if not await asyncio.to_thread(_any_covered, selections):
        raise invalid(
            "regions.regions",
            "Nothing is selected. Select what should change.",
            "EMPTY_SELECTION",
        )


async def _receive_plane(
    requests: Requests,
    index: int,
    plane: AnnouncedPlane,
    place: memoryview,
    stall_seconds: float,
) -> None:
    target = writer(plane, place)
    left = plane.encoded_bytes
    while left:
        chunk = await _next_chunk(requests, stall_seconds)
        if chunk is None:
            raise invalid(
                "chunk",
                f"The stream ended {left} bytes before the end of planes[{index}].",
                "TRUNCATED",
            )
        _check_chunk(chunk, index, left)
        left -= len(chunk.data)
        await _off_loop(target.write, plane, index, chunk.data)
    await _off_loop(target.finish, plane, index)


async def next_request(requests: Requests, stall_seconds: float) -> Request | None:
    """The next message; None at the end of the stream, a ``Refusal`` when none comes for long."""
    try:
        async with asyncio.timeout(stall_seconds):
            return await anext(requests, None)
    except TimeoutError:
        raise Refusal(
            StatusCode.DEADLINE_EXCEEDED,
            "SENDER_STALLED",
            f"The client sent nothing for {stall_seconds:g} seconds.",
        ) from None


async def _next_chunk(requests: Requests, stall_seconds: float) -> _Chunk | None:
    request = await next_request(requests, stall_seconds)
    if request is None:
        return None
    if request.WhichOneof("part") != "chunk":
        raise invalid("part", "After the header only chunks may follow.")
    # Not the walk through all values that headers get: each look at the data copies it.
    refuse_unknown_fields(request, "")
    refuse_unknown_fields(request.chunk, "chunk")
    return _Chunk(request.chunk.plane, request.chunk.data)


def _check_chunk(chunk: _Chunk, index: int, left: int) -> None:
    if chunk.plane != index:
        raise invalid(
            "chunk.plane",
            f"A chunk of planes[{chunk.plane}] came, but {left} bytes of planes[{index}] are "
            "missing.",
        )
    if not 1 <= len(chunk.data) <= MAX_CHUNK:
        raise invalid("chunk.data", f"A chunk holds 1 to {MAX_CHUNK} bytes, not {len(chunk.data)}.")
    if len(chunk.data) > left:
        raise invalid(
            "chunk.data", f"More bytes of planes[{index}] came than were announced.", "OVERLONG"
        )


async def _off_loop(
    work: Callable[..., None], plane: AnnouncedPlane, index: int, *data: bytes
) -> None:
    """Unpack in a thread; copying alone is quicker than handing over."""
    try:
        if plane.codec is Codec.RAW:
            work(*data)
        else:
            await asyncio.to_thread(work, *data)
    except ValueError as error:
        raise invalid(
            f"planes[{index}]",
            f"The bytes of planes[{index}] cannot be used: {error}.",
            "BAD_PLANE",
        ) from None


def _any_covered(selections: Iterable[memoryview]) -> bool:
    return any(_COVERED.search(selection) for selection in selections)
