"""A recipe whose daemon is killed in the middle: once more, once only, and to the same end."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import grpc
import numpy as np
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import parameters_pb2 as pp
from tests.support.daemon import Daemon, running_daemon
from tests.support.edits import WireEdit, wire_edit

GUARD = 300
STAGES = [
    pp.Stage(name="broad", emit_result=True),
    pp.Stage(name="again", emit_result=True),
    pp.Stage(name="boundary", boundary=True),
]
Results = dict[tuple[int, str], bytes]


def edit() -> WireEdit:
    """Two variations of three passes over a hole that takes a while."""
    made = wire_edit(360, 240)
    selection = np.zeros((240, 360), np.uint8)
    selection[60:180, 90:270] = 255
    made.replace_plane(1, zlib.compress(selection.tobytes()))
    made.header.stages.extend(STAGES)
    made.header.parameters.MergeFrom(pp.Parameters(seed=4, variations=2))
    return made


def gathered(
    events: Iterable[pb.InpaintEvent], then: Callable[[Results], None] = lambda results: None
) -> tuple[Results, set[str]]:
    """The results, each told once, and the codes of notices; ``then`` hears of every result."""
    results: Results = {}
    codes, key, left = set(), (0, ""), 0
    for event in events:
        if event.HasField("notice"):
            codes.add(event.notice.code)
        if event.HasField("result"):
            key = event.result.variation, event.result.stage
            assert key not in results
            results[key] = b""
            left = sum(plane.plane.encoded_bytes for plane in event.result.planes)
        if event.HasField("chunk"):
            results[key] += event.chunk.data
            left -= len(event.chunk.data)
            if not left:
                then(results)
    return results, codes


@pytest.mark.slow
@pytest.mark.timeout(2 * GUARD)
def test_a_recipe_goes_on_after_its_daemon_was_killed(tmp_path: Path) -> None:
    asked, state = edit(), tmp_path / "state"

    def kill(daemon: Daemon) -> None:
        daemon.process.kill()
        daemon.process.wait(GUARD)

    with running_daemon(state) as daemon, daemon.stub() as stub:
        events = stub.Inpaint(asked.requests(), metadata=daemon.metadata, timeout=GUARD)
        with pytest.raises(grpc.RpcError):
            gathered(events, lambda _: kill(daemon))
    again = edit()
    again.header.request_id = str(uuid.uuid4())
    with running_daemon(state) as daemon, daemon.stub() as stub:
        attach = pb.AttachRequest(request_id=asked.header.request_id)
        events = stub.Attach(attach, metadata=daemon.metadata, timeout=GUARD)
        found, codes = gathered(events)
        events = stub.Inpaint(again.requests(), metadata=daemon.metadata, timeout=GUARD)
        undisturbed, _ = gathered(events)
    assert "DAEMON_RESTARTED" in codes
    assert found.keys() == {(v, stage) for v in (0, 1) for stage in ("broad", "again", "")}
    assert found == undisturbed
