"""A recipe whose daemon or engine host is killed in each of its stages goes on with that stage."""

from __future__ import annotations

import signal
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire import parameters_pb2 as pp
from tests.support.daemon import Daemon, running_daemon
from tests.support.edits import WireEdit, wire_edit
from tests.support.tiny_models import tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
GUARD = 300
ORIGINAL = pp.MASKED_CONTENT_ORIGINAL
STAGES = {
    "fill": [
        pp.Stage(name="broad", emit_result=True),
        pp.Stage(name="again", emit_result=True),
        pp.Stage(name="boundary", boundary=True),
    ],
    "model": [
        pp.Stage(name="broad", emit_result=True),
        pp.Stage(
            name="again",
            parameters=pp.Parameters(strength=0.5, masked_content=ORIGINAL),
            emit_result=True,
        ),
        pp.Stage(
            name="boundary",
            parameters=pp.Parameters(strength=0.4, masked_content=ORIGINAL),
            boundary=True,
        ),
    ],
}
SHARED = {
    "fill": pp.Parameters(seed=4),
    "model": pp.Parameters(seed=4, model="sd15", prompt="a red vase", steps=8),
}
LEVELS = {"fill": 0, "model": 1}
"""How far apart two attempts may be, of 255."""
NAMES = [stage.name for stage in STAGES["fill"]]
Results = dict[str, bytes]


@pytest.fixture(scope="module", params=["fill", "model"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def serving(engine: str) -> Callable[[Path], object]:
    """Starts a daemon that has the engine."""

    def start(state: Path) -> object:
        if engine == "fill":
            return running_daemon(state)
        arguments = ("--model", f"sd15={tiny_model('sd15')}", "--device", "cpu")
        return running_daemon(state, *arguments, OMP_NUM_THREADS="1")

    return start


def edit(engine: str) -> WireEdit:
    """Three passes over a hole that takes a while."""
    made = wire_edit(360, 240)
    selection = np.zeros((240, 360), np.uint8)
    selection[60:180, 90:270] = 255
    made.replace_plane(1, zlib.compress(selection.tobytes()))
    made.header.request_id = str(uuid.uuid4())
    made.header.stages.extend(STAGES[engine])
    made.header.parameters.MergeFrom(SHARED[engine])
    return made


@dataclass
class Told:
    """What one attempt tells: the results by stage, each once, and the stages worked on."""

    results: Results = field(default_factory=dict)
    worked: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    stage: str = ""
    left: int = 0

    def take(self, event: pb.InpaintEvent) -> None:
        """Note an event."""
        if event.HasField("notice"):
            self.codes.add(event.notice.code)
        if event.HasField("progress"):
            self.worked.append(event.progress.phase.split(":")[0])
        if event.HasField("result"):
            self.stage = event.result.stage
            assert self.stage not in self.results
            self.results[self.stage] = b""
            self.left = sum(plane.plane.encoded_bytes for plane in event.result.planes)
        if event.HasField("chunk"):
            self.results[self.stage] += event.chunk.data
            self.left -= len(event.chunk.data)

    def works_on(self, stage: str) -> bool:
        """Whether it is in that stage, and all before are told, so that they are written down.

        Who listens slowly may hear of a later one first.
        """
        at = NAMES.index(stage)
        there = not self.left and any(name in NAMES[at:] for name in self.worked[-1:])
        return there and all(name in self.results for name in NAMES[:at])


def followed(
    events: Iterable[pb.InpaintEvent], strike: Callable[[Told], bool] = lambda told: True
) -> Told:
    """An attempt up to its end; ``strike`` is called after every event until it has struck."""
    told, struck = Told(), False
    for event in events:
        told.take(event)
        struck = struck or strike(told)
    return told


def same(found: Results, wanted: Results, levels: int) -> None:
    """Every result is there, and none differs by more."""
    assert found.keys() == wanted.keys()
    for stage, pixels in found.items():
        one, other = (np.frombuffer(each, np.uint8).astype(int) for each in (pixels, wanted[stage]))
        assert np.abs(one - other).max() <= levels, stage


def arenas(state: Path) -> list[Path]:
    return [*state.rglob("*.arena")]


def worker(daemon: Daemon) -> psutil.Process | None:
    """The process that works on an edit's pixels now."""
    for process in psutil.Process(daemon.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if any(each.path.endswith(".arena") for each in process.memory_maps()):
                return process
    return None


def test_it_goes_on_with_the_stage_in_which_its_daemon_was_killed(
    engine: str, serving: Callable[[Path], Iterator[Daemon]], tmp_path: Path
) -> None:
    asked, seen = edit(engine), Results()
    for stage in NAMES:
        with serving(tmp_path) as daemon, daemon.stub() as stub:
            told = Told()
            with suppress(grpc.RpcError):
                for event in calls(stub, daemon, asked, stage == NAMES[0]):
                    told.take(event)
                    if told.works_on(stage):
                        daemon.process.kill()
            daemon.process.kill()  # If nothing was heard of that stage before the end came.
            assert daemon.process.wait(GUARD) == -signal.SIGKILL
            assert not {*told.worked} & {*NAMES[: max(0, NAMES.index(stage) - 1)]}
            for name, pixels in told.results.items():
                if name != told.stage or not told.left:
                    assert seen.setdefault(name, pixels) == pixels
    with serving(tmp_path) as daemon, daemon.stub() as stub:
        told = followed(calls(stub, daemon, asked, False))
        assert "DAEMON_RESTARTED" in told.codes
        assert {*told.worked} <= {NAMES[-1]}
        for name, pixels in seen.items():
            assert told.results[name] == pixels
        undisturbed = followed(calls(stub, daemon, edit(engine), True))
        assert [*dict.fromkeys(undisturbed.worked)] == NAMES
    same(told.results, undisturbed.results, LEVELS[engine])


def calls(stub: object, daemon: Daemon, asked: WireEdit, first: bool) -> Iterable[pb.InpaintEvent]:
    """Ask for the edit, or attach to it."""
    more = {"metadata": daemon.metadata, "timeout": GUARD}
    if first:
        return stub.Inpaint(asked.requests(), **more)
    return stub.Attach(pb.AttachRequest(request_id=asked.header.request_id), **more)


@pytest.mark.parametrize("private", [False, True], ids=["kept", "private"])
def test_it_goes_on_with_the_stage_in_which_its_engine_was_killed(
    engine: str, private: bool, serving: Callable[[Path], Iterator[Daemon]], tmp_path: Path
) -> None:
    with serving(tmp_path) as daemon, daemon.stub() as stub:
        undisturbed = followed(calls(stub, daemon, edit(engine), True))
        forget(stub, daemon)
        for stage in NAMES:
            told, at = killed_in(stage, daemon, stub, engine, private)
            while "ENGINE_RESTARTED" not in told.codes:  # It was done before it could be killed.
                told, at = killed_in(stage, daemon, stub, engine, private)
            assert not {*told.worked[at:]} & {*NAMES[: NAMES.index(stage)]}
            same(told.results, undisturbed.results, LEVELS[engine])
        if not private:
            assert arenas(tmp_path)
            forget(stub, daemon)
        while arenas(tmp_path):
            assert daemon.answers()


def killed_in(
    stage: str, daemon: Daemon, stub: object, engine: str, private: bool
) -> tuple[Told, int]:
    """An edit whose engine host is killed in that stage, and how much was told before."""
    at = 0

    def kill(told: Told) -> bool:
        nonlocal at
        host = worker(daemon) if told.works_on(stage) else None
        if host is None:
            return False
        at = len(told.worked)
        host.kill()
        return True

    asked = edit(engine)
    asked.header.private = private
    return followed(calls(stub, daemon, asked, True), kill), at


def forget(stub: object, daemon: Daemon) -> None:
    """Have the daemon forget everything."""
    told = stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=daemon.metadata, timeout=GUARD)
    for job in told.jobs:
        request = jobs_pb2.ForgetJobsRequest(job_id=job.job_id)
        stub.ForgetJobs(request, metadata=daemon.metadata, timeout=GUARD)
