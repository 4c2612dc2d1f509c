"""Nobody says anything: frozen lines are noticed, idle and slow ones left alone."""

import asyncio
from dataclasses import replace

import pytest

from sfumato_client import (
    Accepted,
    Done,
    Reconnecting,
    Result,
    Session,
    Started,
    Unavailable,
)
from sfumato_client.wire import inpainting_pb2 as wire
from tests.support.cable import Cable
from tests.support.client_edits import small_edit
from tests.support.fake_daemon import Event, FakeDaemon
from tests.support.watching import Gate, at, collect


async def test_a_frozen_daemon_is_noticed_and_the_job_taken_up_when_it_thaws(daemon, patience):
    daemon.script = gate = Gate()
    brisk = replace(patience, answer=2.0)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=brisk) as session:
        job = await session.inpaint(small_edit())
        await collect(job, until=Started)
        cable.freeze()
        await collect(job, until=Reconnecting)
        cable.thaw()
        gate.opened.set()
        told = await collect(job)
    assert isinstance(told[-1], Done)


async def test_a_frozen_line_during_the_upload_is_noticed(daemon, patience):
    brisk = replace(patience, answer=2.0)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=brisk) as session:
        cable.up_flowed.clear()
        job = await session.start(small_edit(4000, 4000))
        await cable.up_flowed.wait()
        cable.freeze()
        await collect(job, until=Reconnecting)
        cable.thaw()
        told = await collect(job)
    assert isinstance(told[-1], Done)


async def test_short_calls_to_a_frozen_daemon_end_at_their_deadline(daemon, patience):
    brisk = replace(patience, answer=2.0)
    async with Cable(daemon.port) as cable, Session(at(cable), patience=brisk) as session:
        cable.freeze()
        with pytest.raises(Unavailable, match="does not answer"):
            await session.models()
        cable.thaw()
        await session.refresh()


async def test_a_silent_but_living_daemon_is_not_disturbed(daemon, patience):
    daemon.script = gate = Gate()
    brisk = replace(patience, silence=0.05)
    async with Session(daemon.endpoint, patience=brisk) as session:
        job = await session.inpaint(small_edit())
        before = daemon.calls.count("GetCapabilities")
        await collect(job, until=Started)
        while daemon.calls.count("GetCapabilities") < before + 3:
            await asyncio.sleep(0.01)
        gate.opened.set()
        told = await collect(job)
    assert not [event for event in told if isinstance(event, Reconnecting)]
    assert daemon.calls.count("Attach") == 0


async def test_an_idle_session_survives_the_servers_pings_and_its_idle_limit(patience):
    pings = [
        ("grpc.keepalive_time_ms", 100),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.max_connection_idle_ms", 3000),
    ]
    async with (
        FakeDaemon(options=pings) as daemon,
        Cable(daemon.port) as cable,
        Session(at(cable), patience=patience) as session,
    ):
        await collect(await session.inpaint(small_edit()))
        await cable.hung_up.wait()  # after several pings; a quarter of an hour, scaled down
        await session.refresh()
        told = await collect(await session.inpaint(small_edit(seed=2)))
        assert isinstance(told[-1], Done)
        assert cable.connected == 2


async def test_a_slow_reader_makes_the_daemon_wait_and_holds_up_nobody_else(daemon, patience):
    async def endless(job, first):
        for variation in range(40):
            for event in job.results(variation + 1, variation):
                yield event
            sent.append(variation)
        yield Event(done=wire.Done())

    sent: list[int] = []
    daemon.script = endless
    edit = small_edit(1200, 800)
    async with Session(daemon.endpoint, patience=patience) as session:
        slow = await session.inpaint(edit)
        assert isinstance(await anext(slow), Accepted)
        before = -1
        while before != len(sent):  # until the daemon is held up
            before = len(sent)
            await asyncio.sleep(0.3)
            await session.refresh()
        assert len(sent) < 40
        variations = [e.variation for e in await collect(slow) if isinstance(e, Result)]
    assert variations == list(range(40))
