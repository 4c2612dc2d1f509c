"""What happens where there is no room."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from sfumato.jobs.retention import Limits
from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD
from tests.support.edits import WireEdit, wire_edit
from tests.support.errors import reason
from tests.support.service import METADATA, serving_in_thread


def refused(address: str, requests: Iterator[pb.InpaintRequest]) -> grpc.RpcError:
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as caught:
        inpaint = channel.stream_stream("/sfumato.v1.Inpainting/Inpaint")
        sent = (request.SerializeToString() for request in requests)
        list(inpaint(sent, metadata=METADATA, timeout=GUARD))
    return caught.value


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("sfumato.engines.arena._reserve", full)
    with serving_in_thread(tmp_path) as address:
        error = refused(address, wire_edit().requests())
        assert list(tmp_path.rglob("*.arena")) == []
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason(error) == "SPOOL_FULL"
    assert "Free some space" in error.details()


def test_a_full_spool_is_said(tmp_path: Path) -> None:
    with serving_in_thread(tmp_path, kept=Limits(spool_bytes=1000)) as address:
        error = refused(address, wire_edit().requests())
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason(error) == "SPOOL_FULL"


def test_an_owner_with_too_many_waiting_jobs_is_refused_before_the_upload(tmp_path: Path) -> None:
    with serving_in_thread(tmp_path, kept=Limits(queued_jobs=0)) as address:
        error = refused(address, WireEdit(wire_edit().header).requests())
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason(error) == "TOO_MANY_JOBS"
