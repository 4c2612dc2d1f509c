"""Questions through the client library, against the real daemon."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue

import numpy as np
import pytest

from sfumato_client import (
    Bounds,
    Cancelled,
    Client,
    Endpoint,
    Extent,
    Found,
    NotFound,
    Patience,
    Raster,
    Refused,
    Samples,
    Search,
    Session,
    SfumatoError,
    Target,
    looked_at,
)
from sfumato_client.upload import wire_bounds
from sfumato_client.wire.segment_pb2 import Point
from tests.support.daemon import Daemon, running_daemon
from tests.support.questions import HEIGHT, THING, WIDTH, picture

WINDOW = Bounds(7, 5, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The real one, in the place of the fake."""
    with running_daemon(tmp_path_factory.mktemp("state")) as running:
        yield running


def search(**options: object) -> Search:
    raster = Raster(WINDOW.extent, Samples.RGB, 8, picture().tobytes())
    box = wire_bounds(THING.shifted(7, 5).padded(4))
    return Search(raster, WINDOW, Target(boxes=[box]), **options)  # type: ignore[arg-type]


def endpoint(daemon: Daemon) -> Endpoint:
    return Endpoint(daemon.address, daemon.token)


async def test_a_session_asks_and_gets_a_selection(daemon: Daemon) -> None:
    phases: list[str] = []
    async with Session(endpoint(daemon)) as session:
        found = await session.segment(search(), phases.append)
    assert found.model == "grabcut"
    assert phases
    assert THING.shifted(7, 5).padded(4).contains(found.selection.bounds)
    assert found.instances[0].box.area > 0.9 * THING.area


async def test_what_is_refused_is_raised_with_its_sentence(daemon: Daemon) -> None:
    async with Session(endpoint(daemon)) as session:
        with pytest.raises(NotFound, match="no model 'sam9'"):
            await session.segment(search(model="sam9"))
        with pytest.raises(Refused, match="another size"):
            wrong = search()
            await session.segment(Search(wrong.picture, WINDOW.padded(1), wrong.target))


async def test_nothing_found_is_no_selection(daemon: Daemon) -> None:
    async with Session(endpoint(daemon)) as session:
        gray = Raster(WINDOW.extent, Samples.GRAY, 8, bytes(WINDOW.area))
        found = await session.segment(Search(gray, WINDOW, Target(face=True)))
    assert found.instances == ()
    with pytest.raises(Refused, match="Nothing was found"):
        _ = found.selection


def test_threads_ask_and_wait_or_are_told(daemon: Daemon) -> None:
    answers: Queue[Found | SfumatoError] = Queue()
    with Client(endpoint(daemon), "test", "1") as client:
        waited = client.segment(search())
        client.ask(search(), answers.put)
        told = answers.get(timeout=60)
    assert isinstance(told, Found)
    assert told.coverage == waited.coverage


def test_a_question_that_is_ended_says_so_once(daemon: Daemon) -> None:
    side = 2500
    noise = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    raster = Raster(Extent(side, side), Samples.RGB, 8, noise.tobytes())
    box = wire_bounds(Bounds(50, 50, side - 100, side - 100))
    long = Search(raster, Bounds(0, 0, side, side), Target(boxes=[box]))
    answers: Queue[Found | SfumatoError] = Queue()
    looking = threading.Event()
    with Client(endpoint(daemon), "test", "1") as client:
        end = client.ask(long, answers.put, lambda phase: looking.set())
        assert looking.wait(60)
        end()
        assert isinstance(answers.get(timeout=60), Cancelled)
    assert answers.empty()


async def test_a_daemon_that_is_away_is_told(patience: Patience) -> None:
    nobody = Client(Endpoint("127.0.0.1:9", "x"), "test", "1", patience=patience)
    with pytest.raises(SfumatoError, match="No Sfumato daemon"):
        nobody.segment(search())
    nobody.close()


def test_boxes_show_their_surroundings_and_all_else_the_whole_canvas() -> None:
    canvas = Extent(4000, 3000)
    boxes = [wire_bounds(Bounds(1000, 1000, 400, 200)), wire_bounds(Bounds(1500, 1000, 100, 100))]
    assert looked_at(Target(boxes=boxes), canvas) == Bounds(700, 700, 1200, 800)
    assert looked_at(Target(boxes=boxes[:1], face=True), canvas) == Bounds.of(canvas)
    assert looked_at(Target(boxes=boxes), canvas, invert=True) == Bounds.of(canvas)
    assert looked_at(Target(points=[Point(x=3, y=3)]), canvas) == Bounds.of(canvas)
    corner = [wire_bounds(Bounds(0, 0, 10, 10))]
    assert looked_at(Target(boxes=corner), canvas) == Bounds(0, 0, 74, 74)
