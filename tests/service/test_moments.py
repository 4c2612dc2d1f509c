"""The moments of a job: all are told, in order, and they are what the client saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from sfumato.jobs.job import JobState, Priority
from sfumato.jobs.moments import (
    Accepted,
    Begun,
    Composed,
    Delivered,
    Ended,
    Moment,
    Noticed,
    Refused,
    Sent,
    Stepped,
)
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.parameters_pb2 import OPERATION_GENERATE
from tests.support.daemon import GUARD
from tests.support.edits import WireEdit, wire_edit
from tests.support.service import Service, serving

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def puppet_edit(prompt: str = "", **parameters: int) -> WireEdit:
    edit = wire_edit()
    edit.header.parameters.model = "puppet"
    edit.header.parameters.operation = OPERATION_GENERATE
    edit.header.parameters.prompt = prompt or "anything"
    for name, value in {"steps": 3, **parameters}.items():
        setattr(edit.header.parameters, name, value)
    return edit


async def told(service: Service, edit: WireEdit) -> list[pb.InpaintEvent]:
    call = service.stub.Inpaint(iter(edit.requests()), metadata=service.metadata, timeout=GUARD)
    return [event async for event in call]


def counted(moments: list[Moment]) -> Counter[type]:
    return Counter(map(type, moments))


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(GUARD):
        while not happened():
            await asyncio.sleep(0.01)


async def test_an_edit_is_told_from_its_acceptance_to_its_delivery(tmp_path: Path) -> None:
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        edit = puppet_edit(variations=2)
        edit.header.traceparent = TRACE
        events = await told(service, edit)
        await until(lambda: Delivered in counted(moments))

    kinds = [type(moment) for moment in moments if not isinstance(moment, Stepped | Noticed)]
    assert kinds[:2] == [Accepted, Begun]
    assert kinds[-1] is Delivered
    assert kinds.count(Composed) == kinds.count(Sent) == 2
    assert kinds.count(Ended) == 1
    about = {moment.about for moment in moments if not isinstance(moment, Stepped | Refused)}
    assert len(about) == 1
    (whose,) = about
    assert whose.job == events[0].accepted.job_id
    assert whose.trace == TRACE
    assert (whose.engine, whose.model, whose.priority) == ("puppet", "puppet", Priority.INTERACTIVE)
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)


async def test_the_figures_are_those_that_the_client_saw(tmp_path: Path) -> None:
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        edit = puppet_edit()
        events = await told(service, edit)
        # The last turn may be told after the ending.
        await until(lambda: {Delivered: 1, Stepped: 3}.items() <= counted(moments).items())

    (accepted,) = [moment for moment in moments if isinstance(moment, Accepted)]
    assert accepted.received == sum(map(len, edit.planes))
    (sent,) = [moment for moment in moments if isinstance(moment, Sent)]
    assert sent.whole
    assert sent.size == sum(len(event.chunk.data) for event in events)
    (ended,) = [moment for moment in moments if isinstance(moment, Ended)]
    seen = events[-1].done.timings
    for stage in ("receive", "queue", "load", "engine", "compose"):
        assert getattr(ended.timings, stage) == pytest.approx(getattr(seen, stage))
    assert (ended.state, ended.code, ended.steps) == (JobState.DONE, "", 3)
    steps = [moment for moment in moments if isinstance(moment, Stepped)]
    assert [step.batch for step in steps] == [1, 1, 1]


async def test_a_step_that_several_edits_share_is_told_once_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_there = tmp_path / "all-there"
    monkeypatch.setenv("PUPPET_FLAG", str(all_there))
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        edits = [puppet_edit("wait:1", steps=40) for _ in range(3)]
        telling = asyncio.gather(*(told(service, edit) for edit in edits))
        await until(lambda: sum(isinstance(moment, Begun) for moment in moments) == len(edits))
        all_there.touch()
        await telling
    batches = [moment.batch for moment in moments if isinstance(moment, Stepped)]
    assert max(batches) > 1
    # The last turns may be told after the last ending, or not at all.
    assert sum(batches) <= 3 * 40


async def test_a_failed_edit_is_an_ending_and_no_refused_call(tmp_path: Path) -> None:
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        with pytest.raises(grpc.aio.AioRpcError):
            await told(service, puppet_edit("refuse"))
    (ended,) = [moment for moment in moments if isinstance(moment, Ended)]
    assert (ended.state, ended.code) == (JobState.FAILED, "NOT_LIKED")
    assert not [moment for moment in moments if isinstance(moment, Refused)]


async def test_a_call_turned_away_is_told_with_the_reason_its_client_hears(tmp_path: Path) -> None:
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        with pytest.raises(grpc.aio.AioRpcError):
            await service.stub.GetJob(
                jobs_pb2.GetJobRequest(job_id="none"), metadata=service.metadata, timeout=GUARD
            )
        with pytest.raises(grpc.aio.AioRpcError):
            await service.stub.ListJobs(jobs_pb2.ListJobsRequest(), timeout=GUARD)
    reasons = [moment.reason for moment in moments if isinstance(moment, Refused)]
    assert reasons == ["UNKNOWN_JOB", "TOKEN_MISSING"]


async def test_an_edit_whose_engine_was_lost_says_so_and_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPPET_FLAG", str(tmp_path / "crashed"))
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        await told(service, puppet_edit("crash-once"))
    codes = [moment.code for moment in moments if isinstance(moment, Noticed)]
    assert "ENGINE_RESTARTED" in codes
    assert sum(isinstance(moment, Begun) for moment in moments) == 2
    assert sum(isinstance(moment, Ended) for moment in moments) == 1


async def test_the_trace_is_no_part_of_what_makes_a_request_the_same(tmp_path: Path) -> None:
    moments: list[Moment] = []
    async with serving(tmp_path, observe=moments.append) as service:
        edit = puppet_edit()
        first = await told(service, edit)
        edit.header.traceparent = TRACE
        again = await told(service, edit)
    assert again[0].accepted.existing
    assert again[0].accepted.job_id == first[0].accepted.job_id
    assert sum(isinstance(moment, Accepted) for moment in moments) == 1
    assert sum(isinstance(moment, Sent) for moment in moments) == 2
