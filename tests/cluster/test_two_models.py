"""Two hosts of a real daemon, and two models of which each has room for one: no thrashing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sfumato.models.description import describe
from sfumato_client.blocking import Client
from sfumato_client.endpoint import Endpoint
from sfumato_client.events import Done, Event
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.diffusion import SIDE, photograph
from tests.support.model_edits import edit
from tests.support.tiny_models import tiny_model

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(400), pytest.mark.slow]

MODELS = ("sd15", "sdxl")
EDITS = 2
"""Of each model, handed in by turns."""


@pytest.mark.parametrize("workers", ["processes", "ray"])
def test_each_model_is_loaded_at_one_host_and_gets_its_edits_there(
    tmp_path: Path, workers: str
) -> None:
    where = ("--devices", "cpu,cpu", *(("--workers", "ray") if workers == "ray" else ()))
    models = [word for name in MODELS for word in ("--model", f"{name}={tiny_model(name)}")]
    room = {"SFUMATO_MODEL_MEMORY_BYTES": str(sum(size_of(name) for name in MODELS) - 1)}
    with (
        running_daemon(tmp_path, *where, *models, OMP_NUM_THREADS="1", **room) as daemon,
        Client(Endpoint(daemon.address, daemon.token), "tests", "1") as client,
    ):
        assert all(seconds > 0 for seconds in loading(daemon, client, 1))
        assert loading(daemon, client, EDITS) == [0.0] * (EDITS * len(MODELS))
        # One after another, so that the other host is always free.
        assert [loading(daemon, client, 1) for _ in range(2)] == [[0.0, 0.0]] * 2
        there = [tuple(device.models) for device in look(daemon).devices]
        assert sorted(filter(None, there)) == [("sd15",), ("sdxl",)]


def size_of(name: str) -> int:
    """What a model takes in memory, in bytes."""
    return sum(describe(name, tiny_model(name)).part_bytes(4).values())


def loading(daemon: Daemon, client: Client, count: int) -> list[float]:
    """Have so many edits made with each model, all begun at once: what each loaded, in seconds."""
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    events: list[Event] = []
    daemon.pause(True)
    begun = [
        client.submit(
            edit(photograph(), selection, model=model, steps=4), events.append, lambda error: None
        )
        for _ in range(count)
        for model in MODELS
    ]
    while len(look(daemon).entries) < len(begun):
        pass
    daemon.pause(False)
    for handle in begun:
        handle.wait(GUARD)
    return [event.timings.get("load", 0.0) for event in events if isinstance(event, Done)]


def look(daemon: Daemon) -> jobs_pb2.WatchQueueResponse:
    """What the daemon has in hand now."""
    with daemon.stub() as stub:
        once = jobs_pb2.WatchQueueRequest(once=True)
        [queue] = stub.WatchQueue(once, metadata=daemon.metadata, timeout=GUARD)
    return queue
