"""What is written down nowhere: tokens ever, and prompts where they do not belong."""

from __future__ import annotations

import logging
from pathlib import Path

import grpc
import pytest

from sfumato.access.tokens import TokenStore
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.parameters_pb2 import OPERATION_GENERATE
from tests.support.daemon import GUARD, running_daemon
from tests.support.edits import wire_edit
from tests.support.service import serving

PROMPT = "a-prompt-that-is-nobodys-business"


def holders(folder: Path, marker: str) -> list[str]:
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and marker.encode() in path.read_bytes()
    )


def test_no_token_is_written_down_but_that_of_this_computer(tmp_path: Path) -> None:
    with running_daemon(tmp_path, "--log-level", "debug") as daemon, daemon.stub() as stub:
        secret = TokenStore(tmp_path).create("anna")
        metadata = (("authorization", f"Bearer {secret}"),)
        list(stub.Inpaint(wire_edit().requests(), metadata=metadata, timeout=GUARD))
        wrong = (("authorization", f"Bearer {secret}x"),)
        with pytest.raises(grpc.RpcError):
            stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=wrong, timeout=GUARD)
        assert "accepted" in daemon.log
        assert holders(tmp_path, secret) == []
        assert holders(tmp_path, daemon.token) == ["token"]


@pytest.mark.parametrize("private", [False, True], ids=["kept", "private"])
async def test_a_prompt_is_in_the_journal_alone_and_a_private_ones_nowhere(
    private: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(tmp_path) as service:
        edit = wire_edit()
        edit.header.private = private
        edit.header.parameters.operation = OPERATION_GENERATE
        edit.header.parameters.prompt = PROMPT
        call = service.stub.Inpaint(iter(edit.requests()), metadata=service.metadata, timeout=GUARD)
        events = [event async for event in call]
        assert events[-1].HasField("done")
    assert "accepted" in caplog.text
    assert PROMPT not in caplog.text
    found = holders(tmp_path, PROMPT)
    assert all(name.startswith("journal") for name in found)
    assert bool(found) is not private
