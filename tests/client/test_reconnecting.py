"""A job outlives its connection: cut, frozen, and restarted lines, against a real gRPC server."""

import asyncio
from dataclasses import replace

import pytest

from sfumato_client import (
    Cancelled,
    Done,
    NotFound,
    Reconnecting,
    Result,
    Session,
    Started,
    Unavailable,
)
from sfumato_client.wire import inpainting_pb2 as wire
from tests.support.cable import Cable
from tests.support.client_edits import small_edit
from tests.support.fake_daemon import Event
from tests.support.watching import Gate, at, collect


async def test_a_cut_line_in_mid_stream_attaches_again(daemon, patience):
    daemon.script = gate = Gate()
    async with Cable(daemon.port) as cable, Session(at(cable), patience=patience) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        cable.pull()
        told = await collect(job, until=Started)
        assert [type(e) for e in told] == [Reconnecting, Started]
        assert told[0].attempt == 1
        gate.opened.set()
        rest = await collect(job)
    assert isinstance(rest[-1], Done)
    assert daemon.calls.count("Inpaint") == 1
    assert len(daemon.jobs) == 1


async def test_a_cut_line_in_mid_upload_sends_again_under_the_same_id(daemon, patience):
    daemon.hold_upload = asyncio.Event()
    edit = small_edit(3000, 2000)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=patience) as session:
        job = await session.start(edit)
        await daemon.chunk_received.wait()
        cable.pull()
        daemon.hold_upload.set()
        told = await collect(job)
    assert isinstance(told[-1], Done)
    first, second = daemon.headers
    assert first.request_id == second.request_id
    assert len(daemon.jobs) == 1
    (result,) = [event for event in told if isinstance(event, Result)]
    assert bytes(result.pieces[0].color.data) == edit.regions[0].picture.data


async def test_results_that_arrived_whole_are_not_asked_for_again(daemon, patience):
    paused = asyncio.Event()

    async def script(job, first):
        for variation in range(first, 3):
            for event in job.results(variation + 1, variation):
                yield event
            if variation == 1 and not paused.is_set():
                await paused.wait()
        yield Event(done=wire.Done())

    daemon.script = script
    async with Cable(daemon.port) as cable, Session(at(cable), patience=patience) as session:
        job = await session.inpaint(small_edit(variations=3))
        seen = []
        async for event in job:
            if isinstance(event, Result):
                seen.append(event.variation)
                if event.variation == 1:
                    cable.pull()
                    paused.set()
    assert seen == [0, 1, 2]
    assert daemon.attachments[-1].first_variation == 2


async def test_a_result_cut_in_its_middle_comes_whole_the_second_time(daemon, patience):
    cut = asyncio.Event()

    async def script(job, first):
        for number, event in enumerate(job.results()):
            if number == 3 and not cut.is_set():
                await cut.wait()
            yield event
        yield Event(done=wire.Done())

    daemon.script = script
    edit = small_edit(1200, 800)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=patience) as session:
        job = await session.inpaint(edit)
        cable.pull()
        cut.set()
        results = [event for event in await collect(job) if isinstance(event, Result)]
    assert [bytes(r.pieces[0].color.data) for r in results] == [edit.regions[0].picture.data]


async def test_a_restarted_daemon_that_kept_the_job_is_attached_to(daemon, patience):
    daemon.script = gate = Gate()
    async with Session(daemon.endpoint, patience=patience) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        await daemon.stop()
        gate.opened.set()
        await collect(job, until=Reconnecting)
        await daemon.start()
        told = await collect(job)
    assert isinstance(told[-1], Done)
    assert daemon.calls.count("Inpaint") == 1


async def test_a_restarted_daemon_that_forgot_the_job_gets_the_pixels_again(daemon, patience):
    daemon.script = gate = Gate()
    async with Session(daemon.endpoint, patience=patience) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        await daemon.stop()
        daemon.jobs.clear()
        gate.opened.set()
        await daemon.start()
        told = await collect(job)
    assert isinstance(told[-1], Done)
    assert [header.request_id for header in daemon.headers] == [daemon.headers[0].request_id] * 2


async def test_a_job_without_its_pixels_is_not_found_after_the_daemon_forgot_it(daemon, patience):
    daemon.script = Gate()
    async with (
        Session(daemon.endpoint, patience=patience) as session,
        Session(daemon.endpoint, patience=patience) as other,
    ):
        job = await session.inpaint(small_edit())
        attached = await other.attach(job.id)
        await collect(attached, until=Started)
        await session.__aexit__(None, None, None)
        daemon.jobs.clear()
        await daemon.stop()
        await daemon.start()
        with pytest.raises(NotFound, match="no such job"):
            await collect(attached)


async def test_a_daemon_that_stays_away_is_given_up_with_a_sentence(daemon, patience):
    daemon.script = Gate()
    short = replace(patience, in_all=1.0)
    async with Session(daemon.endpoint, patience=short) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        await daemon.stop()
        attempts = []
        with pytest.raises(Unavailable, match="did not come back"):
            while True:
                attempts.append((await anext(job)).attempt)
    assert attempts == list(range(1, len(attempts) + 1))
    assert attempts


async def test_a_cancel_while_the_daemon_is_away_is_made_good_when_it_is_back(daemon, patience):
    async def waits(job, first):
        yield Event(started=wire.Started(engine="fill"))
        await job.cancelled.wait()

    daemon.script = waits
    async with Session(daemon.endpoint, patience=patience) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        await daemon.stop()
        await collect(job, until=Reconnecting)
        with pytest.raises(Unavailable):
            await job.cancel()
        await daemon.start()
        with pytest.raises(Cancelled):
            await collect(job)


async def test_goaway_lets_running_jobs_end_and_new_calls_use_a_new_connection(daemon, patience):
    daemon.script = gate = Gate()
    async with Session(daemon.endpoint, patience=patience) as session:
        jobs = [await session.inpaint(small_edit(seed=n)) for n in range(5)]
        for job in jobs:
            await collect(job, until=Started)
        stopping = asyncio.ensure_future(daemon.stop(grace=20))
        with pytest.raises(Unavailable):
            while True:  # until the goodbye has arrived and nobody listens any more
                await session.refresh()
        gate.opened.set()
        for job in jobs:
            told = await collect(job)
            assert isinstance(told[-1], Done)
            assert not [event for event in told if isinstance(event, Reconnecting)]
        await stopping
        await daemon.start()
        await session.refresh()
    assert daemon.calls.count("Attach") == 0


async def test_a_line_that_breaks_at_once_each_time_is_tried_at_growing_intervals(daemon, patience):
    daemon.script = Gate()
    calm = replace(patience, longest=30.0)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=calm) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        for attempt in range(1, 4):
            cable.pull()
            told = await collect(job, until=Started)
            assert told[0].attempt == attempt
