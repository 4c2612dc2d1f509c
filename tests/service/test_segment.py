"""Questions through the real daemon: what is answered and refused, and that nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import grpc
import numpy as np
import pytest

from sfumato_client.wire import jobs_pb2, models_pb2
from sfumato_client.wire import pixels_pb2 as px
from sfumato_client.wire import segment_pb2 as pb
from tests.support.daemon import GUARD, Daemon
from tests.support.errors import reason
from tests.support.questions import HEIGHT, THING, WIDTH, WireQuestion, answer, wire_question
from tests.support.subjects import photograph


def ask(daemon: Daemon, question: WireQuestion) -> list[pb.SegmentEvent]:
    with daemon.stub() as stub:
        calls = stub.Segment(question.requests(), metadata=daemon.metadata, timeout=GUARD)
        return list(calls)


def refusal(daemon: Daemon, question: WireQuestion) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        ask(daemon, question)
    return caught.value


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nothing announces."""
    deadline = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_box_is_answered_with_a_selection(daemon: Daemon) -> None:
    events = ask(daemon, wire_question())
    found, mask = answer(events)
    assert found.model == "grabcut"
    (instance,) = found.instances
    assert 0.5 < instance.confidence <= 1
    assert abs(instance.box.x - THING.x) <= 1
    assert abs(instance.box.width - THING.width) <= 2
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[THING.y : THING.bottom, THING.x : THING.right] = True
    assert ((mask >= 128) == inside).mean() > 0.98
    assert events[-1].HasField("chunk")
    assert [event.phase for event in events if event.HasField("phase")]


def test_a_window_of_a_larger_canvas_is_answered_in_its_own_place(daemon: Daemon) -> None:
    question = wire_question()
    question.header.window.x, question.header.window.y = 500, 300
    question.header.target.boxes[0].x += 500
    question.header.target.boxes[0].y += 300
    found, _ = answer(ask(daemon, question))
    assert abs(found.instances[0].box.x - THING.x - 500) <= 1


def test_a_click_and_an_inverted_box_are_answered(daemon: Daemon) -> None:
    middle = pb.Point(x=THING.x + 12, y=THING.y + 10)
    _, clicked = answer(ask(daemon, wire_question(points=[middle])))
    question = wire_question()
    question.header.invert = True
    _, rest = answer(ask(daemon, question))
    assert clicked[middle.y, middle.x] == 255
    assert clicked[0, 0] == 0
    assert rest[middle.y, middle.x] == 0
    assert rest[0, 0] == 255


def test_faces_are_found_by_the_cascade(daemon: Daemon) -> None:
    question = wire_question(photograph("astronaut"), face=True)
    found, mask = answer(ask(daemon, question))
    assert found.model == "cascade"
    assert [instance.label for instance in found.instances] == ["face"]
    assert mask[117, 224] == 255


def test_nothing_found_is_an_answer_too(daemon: Daemon) -> None:
    found, mask = answer(ask(daemon, wire_question(face=True)))
    assert not found.instances
    assert not mask.any()


def test_the_list_of_models_says_who_finds_what(daemon: Daemon) -> None:
    with daemon.stub() as stub:
        listed = stub.ListModels(models_pb2.ListModelsRequest(), metadata=daemon.metadata)
    known = {one.name: one for one in listed.segmenters}
    assert known["grabcut"].points
    assert known["grabcut"].boxes
    assert not known["grabcut"].text
    assert known["cascade"].face


@pytest.mark.parametrize("target", [{"text": "the cat"}, {"subject": True}])
def test_what_needs_a_model_is_refused_with_how_to_get_one(
    daemon: Daemon, target: dict[str, object]
) -> None:
    error = refusal(daemon, wire_question(**target))
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason(error) == "NEEDS_MODEL"
    assert "Draw a box" in error.details()


def spoiled(spoil: Callable[[pb.SegmentHeader], object]) -> WireQuestion:
    question = wire_question()
    spoil(question.header)
    return question


SPOILS: dict[str, Callable[[pb.SegmentHeader], object]] = {
    "no target": lambda h: h.target.Clear(),
    "a blank text": lambda h: h.target.CopyFrom(pb.Target(text="  ")),
    "a long text": lambda h: h.target.CopyFrom(pb.Target(text="x" * 401)),
    "an empty box": lambda h: h.target.boxes.add(x=3, y=3, width=0, height=2),
    "a box elsewhere": lambda h: h.target.boxes.add(x=900, y=3, width=5, height=2),
    "many boxes": lambda h: h.target.boxes.extend([px.Bounds(width=5, height=5)] * 32),
    "many points": lambda h: h.target.points.extend([pb.Point(x=1, y=1)] * 65),
    "a point elsewhere": lambda h: h.target.points.add(x=WIDTH, y=0),
    "nothing but exclusions": lambda h: h.target.CopyFrom(
        pb.Target(points=[pb.Point(exclude=True)])
    ),
    "confidence": lambda h: setattr(h, "confidence", 1.5),
    "no number": lambda h: setattr(h, "confidence", float("nan")),
    "count": lambda h: setattr(h, "count", 0),
    "much": lambda h: setattr(h, "count", 33),
    "grow": lambda h: setattr(h, "grow", 257),
    "shrink": lambda h: setattr(h, "grow", -1),
    "no id": lambda h: setattr(h, "request_id", "one"),
    "another size": lambda h: setattr(h.window, "width", WIDTH + 1),
    "no window": lambda h: h.window.Clear(),
    "negative window": lambda h: setattr(h.window, "x", -1),
    "no plane": lambda h: h.picture.Clear(),
    "bytes": lambda h: setattr(h.picture, "encoded_bytes", 7),
    "an unknown field": lambda h: h.MergeFromString(b"\xf8\x3f\x01"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_bad_questions_are_refused_with_a_sentence(daemon: Daemon, name: str) -> None:
    error = refusal(daemon, spoiled(SPOILS[name]))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details().endswith(".")


def test_models_that_are_unknown_or_cannot_are_refused(daemon: Daemon) -> None:
    unknown = refusal(daemon, spoiled(lambda h: setattr(h, "model", "sam9")))
    assert reason(unknown) == "MODEL_UNKNOWN"
    unable = refusal(daemon, spoiled(lambda h: setattr(h, "model", "cascade")))
    assert reason(unable) == "TARGET_UNSUPPORTED"
    assert "faces" in unable.details()
    both = wire_question(face=True)
    both.header.target.points.add(x=3, y=3)
    assert reason(refusal(daemon, both)) == "TARGET_UNSUPPORTED"


@pytest.mark.parametrize(("change", "code"), [(b"", "TRUNCATED"), (b"x", "OVERLONG")])
def test_pictures_that_end_too_soon_or_go_on_are_refused(
    daemon: Daemon, change: bytes, code: str
) -> None:
    question = wire_question()
    question.data = question.data + change if change else question.data[:-9]
    assert reason(refusal(daemon, question)) == code


def test_without_the_token_nothing_is_answered(daemon: Daemon) -> None:
    with daemon.stub() as stub, pytest.raises(grpc.RpcError) as caught:
        list(stub.Segment(wire_question().requests(), timeout=GUARD))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def arenas(daemon: Daemon) -> set[Path]:
    return set((daemon.state / "spool").glob("*.arena"))


def jobs(daemon: Daemon) -> list[str]:
    with daemon.stub() as stub:
        reply = stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=daemon.metadata)
    return [job.job_id for job in reply.jobs]


def test_nothing_is_kept_of_a_question(daemon: Daemon) -> None:
    before, kept = jobs(daemon), arenas(daemon)
    ask(daemon, wire_question())
    until(lambda: arenas(daemon) <= kept)
    assert jobs(daemon) == before


def test_a_client_that_goes_ends_its_question_and_leaves_the_engine_free(daemon: Daemon) -> None:
    kept = arenas(daemon)
    # Noise has no edge but everywhere: the cut takes long.
    noise = np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), np.uint8)
    box = px.Bounds(x=100, y=100, width=2800, height=2800)
    question = wire_question(noise, boxes=[box])

    with daemon.stub() as stub:
        call = stub.Segment(question.requests(), metadata=daemon.metadata, timeout=GUARD)
        for event in call:
            if event.HasField("phase") and event.phase == "looking":
                break
        call.cancel()
    until(lambda: arenas(daemon) <= kept)
    answer(ask(daemon, wire_question()))


def test_the_queue_shows_a_question_as_one_of_its_owners(daemon: Daemon) -> None:
    question = wire_question()
    daemon.pause(True)
    with daemon.stub() as stub, ExitStack() as afterwards:
        afterwards.callback(daemon.pause, False)
        call = stub.Segment(question.requests(), metadata=daemon.metadata, timeout=GUARD)
        afterwards.callback(call.cancel)
        next(iter(call))
        request = jobs_pb2.WatchQueueRequest(once=True)
        (queue,) = stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD)
        places = [place for place in queue.entries if place.title == "Select"]
        assert [place.mine for place in places] == [True]
        request = jobs_pb2.GetJobRequest(job_id=places[0].job_id)
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetJob(request, metadata=daemon.metadata)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
