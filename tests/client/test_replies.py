"""Replies that break the contract are refused before they cost memory."""

import tracemalloc
import zlib

import pytest

from sfumato_client import Protocol, Result, Session
from sfumato_client.wire import inpainting_pb2 as wire
from sfumato_client.wire import pixels_pb2 as px
from tests.support.client_edits import small_edit
from tests.support.fake_daemon import Event, chunks


def announced(job, **changes):
    """A result of the job's region, with changes to its colour plane."""
    region = job.header.regions.regions[0]
    color = px.Plane()
    color.CopyFrom(job.header.planes[0])
    mask = job.header.planes[1]
    bounds = changes.pop("bounds", region.window)
    index = changes.pop("region", 0)
    for name, value in changes.items():
        if name == "extent":
            color.extent.CopyFrom(value)
        else:
            setattr(color, name, value)
    planes = [
        wire.ResultPlane(
            region=index, role=wire.ResultPlane.ROLE_COLOR, plane=color, bounds=bounds
        ),
        wire.ResultPlane(
            region=0, role=wire.ResultPlane.ROLE_MASK, plane=mask, bounds=region.window
        ),
    ]
    return Event(result=wire.Result(planes=planes))


async def refused(daemon, script, match):
    daemon.script = script
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Protocol, match=match):
            async for _ in await session.inpaint(small_edit()):
                pass


HUGE = px.Extent(width=100_000, height=100_000)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"encoded_bytes": 10}, "number of bytes"),
        ({"extent": HUGE}, "size disagrees"),
        ({"extent": HUGE, "bounds": px.Bounds(width=100_000, height=100_000)}, "elsewhere"),
        ({"bounds": px.Bounds(x=11, y=20, width=64, height=48)}, "elsewhere"),
        ({"region": 1}, "not asked for"),
        ({"region": -1}, "not asked for"),
        ({"color_model": 9}, "does not know"),
        ({"depth": 7}, "does not know"),
        ({"codec": px.CODEC_WEBP_LOSSLESS}, "not offered"),
        ({"codec": px.CODEC_DEFLATE, "encoded_bytes": 1 << 40}, "packed bytes"),
        ({"codec": px.CODEC_DEFLATE, "encoded_bytes": 0}, "packed bytes"),
    ],
)
async def test_announcements_that_do_not_fit_the_edit_are_refused(daemon, changes, match):
    async def script(job, first):
        yield announced(job, **changes)

    await refused(daemon, script, match)


async def test_pixels_without_an_announcement_are_refused(daemon):
    async def script(job, first):
        yield Event(chunk=px.PixelChunk(data=b"x"))

    await refused(daemon, script, "did not announce")


async def test_more_pixels_than_announced_are_refused(daemon):
    async def script(job, first):
        yield announced(job)
        yield Event(chunk=px.PixelChunk(plane=0, data=bytes(64 * 48 * 3 + 1)))

    await refused(daemon, script, "more pixels")


async def test_planes_out_of_order_are_refused(daemon):
    async def script(job, first):
        yield announced(job)
        yield Event(chunk=px.PixelChunk(plane=1, data=b"x"))

    await refused(daemon, script, "out of order")


async def test_an_event_in_the_middle_of_a_result_is_refused(daemon):
    async def script(job, first):
        yield announced(job)
        yield Event(done=wire.Done())

    await refused(daemon, script, "in the middle")


async def test_a_result_without_its_mask_is_refused(daemon):
    async def script(job, first):
        event = announced(job)
        del event.result.planes[1]
        yield event
        for chunk in chunks(0, bytes(job.planes[0])):
            yield chunk

    await refused(daemon, script, "one colour and one mask")


async def test_garbage_instead_of_a_packed_plane_is_refused(daemon):
    async def script(job, first):
        yield announced(job, codec=px.CODEC_DEFLATE, encoded_bytes=100)
        yield Event(chunk=px.PixelChunk(plane=0, data=b"\x55" * 100))

    await refused(daemon, script, "do not inflate")


async def test_a_packed_plane_that_ends_early_is_refused(daemon):
    packed = zlib.compress(bytes(100))

    async def script(job, first):
        yield announced(job, codec=px.CODEC_DEFLATE, encoded_bytes=len(packed))
        yield Event(chunk=px.PixelChunk(plane=0, data=packed))

    await refused(daemon, script, "fewer pixels")


async def test_a_bomb_is_refused_without_inflating_it(daemon):
    bomb = zlib.compress(bytes(200 << 20), 9)[: 64 * 48 * 3]

    async def script(job, first):
        yield announced(job, codec=px.CODEC_DEFLATE, encoded_bytes=len(bomb))
        yield Event(chunk=px.PixelChunk(plane=0, data=bomb))

    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        await refused(daemon, script, "more than announced")
        assert tracemalloc.get_traced_memory()[1] - before < 8 << 20
    finally:
        tracemalloc.stop()


async def test_a_message_above_four_mebibytes_is_refused(daemon):
    async def script(job, first):
        yield Event(preview=wire.Preview(image=bytes(5 << 20)))

    daemon.script = script
    async with Session(daemon.endpoint) as session:
        with pytest.raises(Protocol, match="5242"):
            async for _ in await session.inpaint(small_edit()):
                pass


async def test_a_preview_above_64_kb_is_refused(daemon):
    async def script(job, first):
        yield Event(preview=wire.Preview(image=bytes(70_000)))

    await refused(daemon, script, "64 kB")


async def test_a_job_taken_up_by_id_is_bounded_by_the_daemons_limits(daemon):
    async def script(job, first):
        if attached:
            size = px.Extent(width=20_000, height=20_000)
            plane = px.Plane(extent=size, color_model=3, depth=1, codec=1, encoded_bytes=12 * 10**8)
            bounds = px.Bounds(width=20_000, height=20_000)
            result = wire.ResultPlane(role=1, plane=plane, bounds=bounds)
            yield Event(result=wire.Result(planes=[result]))
        attached.append(True)
        yield Event(done=wire.Done())

    attached: list[bool] = []
    daemon.script = script
    async with Session(daemon.endpoint) as session:
        job = await session.inpaint(small_edit())
        assert [event async for event in job]
        with pytest.raises(Protocol, match="larger than"):
            async for _ in await session.attach(job.id):
                pass


async def test_events_of_a_newer_minor_version_are_left_out(daemon):
    async def script(job, first):
        yield Event()
        for event in job.results():
            yield event
        yield Event(done=wire.Done())

    daemon.script = script
    async with Session(daemon.endpoint) as session:
        told = [event async for event in await session.inpaint(small_edit())]
    assert any(isinstance(event, Result) for event in told)


async def test_deflated_pictures_are_inflated_chunk_by_chunk(daemon):
    edit = small_edit(900, 700)

    async def script(job, first):
        packed = zlib.compress(bytes(job.planes[0]), 1)
        yield announced(job, codec=px.CODEC_DEFLATE, encoded_bytes=len(packed))
        for start in range(0, len(packed), 50_001):
            yield Event(chunk=px.PixelChunk(plane=0, data=packed[start : start + 50_001]))
        for chunk in chunks(1, bytes(job.planes[1])):
            yield chunk
        yield Event(done=wire.Done())

    daemon.script = script
    async with Session(daemon.endpoint) as session:
        told = [e async for e in await session.inpaint(edit) if isinstance(e, Result)]
    assert bytes(told[0].pieces[0].color.data) == edit.regions[0].picture.data
