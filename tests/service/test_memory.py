"""What is in a device's memory, asked of the real daemon over gRPC and by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psutil
import pytest

from sfumato.models.description import describe
from sfumato.models.registry import Registry
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire import parameters_pb2 as pp
from tests.support.command import run_in
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.edits import wire_edit
from tests.support.tiny_models import tiny_model

PATIENCE = 300
"""Seconds in which torch and diffusers are imported even on a busy computer."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE)]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that has painted one edit, and has loaded its model for it."""
    state = tmp_path_factory.mktemp("memory")
    Registry(state).add("tiny", tiny_model("sd15"))
    with running_daemon(state, "--device", "cpu") as daemon:
        edit = wire_edit(64, 64)
        edit.header.parameters.MergeFrom(pp.Parameters(prompt="a cat", steps=2, seed=3))
        with daemon.stub() as stub:
            assert not loaded(daemon)
            list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=PATIENCE))
        yield daemon


def size() -> int:
    """Bytes of the model's weights."""
    return sum(describe("tiny", tiny_model("sd15")).part_bytes(4).values())


def device(daemon: Daemon) -> jobs_pb2.Device:
    request = jobs_pb2.WatchQueueRequest(once=True)
    with daemon.stub() as stub:
        (queue,) = stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD)
    (found,) = queue.devices
    return found


def loaded(daemon: Daemon) -> dict[str, int]:
    return {model.name: model.memory_bytes for model in device(daemon).loaded}


def test_a_loaded_model_is_told_with_the_bytes_of_its_weights(daemon: Daemon) -> None:
    assert loaded(daemon) == {"tiny": pytest.approx(size(), rel=0.02)}


def test_a_cpu_tells_of_the_computers_memory(daemon: Daemon) -> None:
    told = device(daemon)
    assert told.memory_bytes == psutil.virtual_memory().total
    assert 0 < told.memory_used_bytes < told.memory_bytes


@pytest.mark.parametrize(
    "command",
    [("status",), ("top", "--once"), ("models", "list"), ("models", "info", "tiny")],
)
def test_people_see_it_wherever_they_look(daemon: Daemon, command: tuple[str, ...]) -> None:
    shown = run_in(daemon.state, *command)
    assert shown.code == 0, shown.err
    assert f"{size() / 1e6:.1f} MB" in " ".join(shown.out.split())


@pytest.mark.parametrize(("command", "way"), [("status", ("queue",)), ("models", ()), ("top", ())])
def test_programs_read_it(daemon: Daemon, command: str, way: tuple[str, ...]) -> None:
    shown = run_in(daemon.state, command, "--json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    for key in way:
        found = found[key]
    (told,) = found["devices"]
    (model,) = told["loaded"]
    assert model["name"] == "tiny"
    assert int(model["memory_bytes"]) == pytest.approx(size(), rel=0.02)


def test_info_of_a_model_says_where_it_is_loaded(daemon: Daemon) -> None:
    told = json.loads(run_in(daemon.state, "models", "info", "tiny", "--json").out)
    assert told["in_memory"] == [f"{size() / 1e6:.1f} MB on cpu"]
