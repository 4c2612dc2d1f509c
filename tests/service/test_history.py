"""What the daemon remembers over gRPC: records, exact repeats, and a killed daemon's jobs."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import uuid
from pathlib import Path

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2, parameters_pb2
from tests.support.daemon import GUARD, Daemon, running_daemon, start
from tests.support.edits import HEIGHT, WIDTH, WireEdit, wire_edit
from tests.support.errors import reason
from tests.support.puppet_edits import Events, inpaint, planes, puppet_edit
from tests.support.service import Service


def repeat_of(job_id: str) -> WireEdit:
    edit = wire_edit()
    header = pb.InpaintHeader(
        protocol=edit.header.protocol, request_id=str(uuid.uuid4()), canvas=edit.header.canvas
    )
    header.stored_input.job_id = job_id
    header.stored_input.repeat = True
    return WireEdit(header)


def digest_of(events: Events, variation: int = 0) -> str:
    found = planes(events, variation)
    color, mask = (found[0, role] for role in (pb.ResultPlane.ROLE_COLOR, pb.ResultPlane.ROLE_MASK))
    return hashlib.sha256(color + mask).hexdigest()


async def record_of(service: Service, job_id: str) -> jobs_pb2.GetJobResponse:
    request = jobs_pb2.GetJobRequest(job_id=job_id)
    return await service.stub.GetJob(request, metadata=service.metadata)


async def test_a_record_has_what_the_result_depends_on_and_its_digests(service: Service) -> None:
    events = await inpaint(service, puppet_edit(variations=2, seed=7))
    record = await record_of(service, events[0].accepted.job_id)
    assert list(record.seeds) == [7, 8]
    assert list(record.result_digests) == [digest_of(events, k) for k in (0, 1)]
    assert len(record.inputs_digest) == 64
    assert {"sfumato", "python", "numpy"} <= set(record.environment)
    assert record.notices == ["This engine only counts."]
    assert record.seconds["engine"] > 0


async def test_a_repeat_takes_everything_from_the_job_it_repeats(service: Service) -> None:
    first = await inpaint(service, puppet_edit(variations=2, seed=7))
    again = await inpaint(service, repeat_of(first[0].accepted.job_id))
    records = [await record_of(service, events[0].accepted.job_id) for events in (first, again)]
    assert records[0].summary.job_id != records[1].summary.job_id
    assert records[0].requested == records[1].requested
    assert records[0].inputs_digest == records[1].inputs_digest
    assert records[0].result_digests == records[1].result_digests


async def test_a_repeat_can_say_no_parameters_of_its_own(service: Service) -> None:
    first = await inpaint(service, puppet_edit())
    edit = repeat_of(first[0].accepted.job_id)
    edit.header.parameters.CopyFrom(parameters_pb2.Parameters(seed=4))
    with pytest.raises(grpc.aio.AioRpcError, match="no parameters"):
        await inpaint(service, edit)


async def test_a_job_is_found_by_its_idempotency_key(service: Service) -> None:
    edit = puppet_edit()
    first = await inpaint(service, edit)
    request = pb.AttachRequest(request_id=edit.header.request_id)
    attach = service.stub.Attach(request, metadata=service.metadata, timeout=GUARD)
    events = [event async for event in attach]
    assert events[0].accepted.job_id == first[0].accepted.job_id
    assert digest_of(events) == digest_of(first)
    unknown = pb.AttachRequest(request_id=str(uuid.uuid4()))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.stub.Attach(unknown, metadata=service.metadata, timeout=GUARD).read()
    assert (caught.value.code(), reason(caught.value)) == (
        grpc.StatusCode.NOT_FOUND,
        "UNKNOWN_JOB",
    )


async def test_a_private_job_that_failed_is_forgotten_once_that_was_told(
    service: Service,
) -> None:
    edit = puppet_edit("refuse")
    edit.header.private = True
    with pytest.raises(grpc.aio.AioRpcError):
        await inpaint(service, edit)
    async with asyncio.timeout(GUARD):
        while service.arenas:
            await asyncio.sleep(0.01)
    listed = await service.stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=service.metadata)
    assert not listed.jobs


def kill(daemon: Daemon) -> None:
    daemon.process.kill()
    daemon.process.wait(GUARD)


def test_a_result_waits_over_a_kill_for_who_has_not_seen_it(tmp_path: Path) -> None:
    edit = wire_edit()
    with running_daemon(tmp_path) as first, first.stub() as stub:
        call = stub.Inpaint(edit.requests(), metadata=first.metadata, timeout=GUARD)
        before = list(call)
        kill(first)
    with running_daemon(tmp_path) as second, second.stub() as stub:
        request = pb.AttachRequest(request_id=edit.header.request_id)
        after = list(stub.Attach(request, metadata=second.metadata, timeout=GUARD))
        again = list(stub.Inpaint(edit.requests(), metadata=second.metadata, timeout=GUARD))
    assert digest_of(before) == digest_of(after) == digest_of(again)
    assert before[-1] == after[-1]
    assert again[0].accepted.existing


def test_an_edit_under_way_goes_on_after_a_kill_and_ends_with_the_same_pixels(
    tmp_path: Path,
) -> None:
    edit = wire_edit(8 * WIDTH, 8 * HEIGHT)
    with running_daemon(tmp_path / "undisturbed") as daemon, daemon.stub() as stub:
        wanted = list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD))
    with running_daemon(tmp_path / "killed") as first, first.stub() as stub:
        call = stub.Inpaint(edit.requests(), metadata=first.metadata, timeout=GUARD)
        accepted = next(call).accepted
        kill(first)
    with running_daemon(tmp_path / "killed") as second, second.stub() as stub:
        request = pb.AttachRequest(job_id=accepted.job_id)
        events = list(stub.Attach(request, metadata=second.metadata, timeout=GUARD))
    assert digest_of(events) == digest_of(wanted)
    assert events[-1].HasField("done")


def test_a_damaged_journal_is_told_to_who_asks_what_the_daemon_can(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"nothing of the kind" * 500)
    with running_daemon(tmp_path) as daemon, daemon.stub() as stub:
        known = stub.GetCapabilities(pb.GetCapabilitiesRequest(), metadata=daemon.metadata)
    [notice] = known.notices
    assert notice.code == "JOURNAL_DAMAGED"
    assert "journal.damaged-" in daemon.log


def test_a_newer_journal_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    process = start(tmp_path)
    process.communicate(timeout=GUARD)
    assert process.returncode == 1
    log = (tmp_path / "log").read_text()
    assert "newer Sfumato" in log
    assert "Traceback" not in log
