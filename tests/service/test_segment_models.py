"""Models that select, from ``serve --model`` to the answer of a question and of the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sfumato_client.wire import models_pb2
from sfumato_client.wire import segment_pb2 as pb
from tests.support.command import run_in
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.pictures import samples, write
from tests.support.questions import WireQuestion, answer, picture, wire_question
from tests.support.tiny_models import tiny_model
from tests.support.tiny_selectors import tiny_birefnet, tiny_owl, tiny_sam2


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a model for each kind of question, and one that paints."""
    paths = {
        "tiny": tiny_model("sd15"),
        "words": tiny_owl(),
        "clicks": tiny_sam2(),
        "subjects": tiny_birefnet(),
    }
    models = [text for name, path in paths.items() for text in ("--model", f"{name}={path}")]
    with running_daemon(tmp_path_factory.mktemp("state"), *models, "--device", "cpu") as daemon:
        yield daemon


def ask(daemon: Daemon, question: WireQuestion) -> list[pb.SegmentEvent]:
    with daemon.stub() as stub:
        calls = stub.Segment(question.requests(), metadata=daemon.metadata, timeout=GUARD)
        return list(calls)


def test_models_that_select_stand_before_what_needs_none_and_paint_nothing(daemon: Daemon) -> None:
    with daemon.stub() as stub:
        listed = stub.ListModels(models_pb2.ListModelsRequest(), metadata=daemon.metadata)
    names = [one.name for one in listed.segmenters]
    assert names == ["words", "clicks", "subjects", "grabcut", "cascade"]
    words, clicks, subjects = list(listed.segmenters)[:3]
    assert (words.family, words.text, words.boxes) == ("owlv2", True, False)
    assert (clicks.family, clicks.points, clicks.boxes) == ("sam2", True, True)
    assert (subjects.family, subjects.subject) == ("birefnet", True)
    assert [model.name for model in listed.models] == ["fill", "tiny"]


def test_each_question_is_answered_by_its_model(daemon: Daemon) -> None:
    for question, model in (
        (wire_question(points=[pb.Point(x=40, y=30)]), "clicks"),
        (wire_question(), "clicks"),
        (wire_question(subject=True), "subjects"),
        (wire_question(face=True), "cascade"),
    ):
        assert answer(ask(daemon, question))[0].model == model
    question = wire_question(text="a red thing")
    question.header.confidence = 0.05
    events = ask(daemon, question)
    found, mask = answer(events)
    assert found.model == "words"
    assert {instance.label for instance in found.instances} == {"a red thing"}
    assert mask.any()


def test_grabcut_answers_where_it_is_named(daemon: Daemon) -> None:
    question = wire_question()
    question.header.model = "grabcut"
    assert answer(ask(daemon, question))[0].model == "grabcut"


def test_a_model_is_loaded_once(daemon: Daemon) -> None:
    question = wire_question(points=[pb.Point(x=40, y=30)])
    ask(daemon, question)
    phases = [event.phase for event in ask(daemon, wire_question()) if event.HasField("phase")]
    assert not [phase for phase in phases if phase.startswith("loading")]


def test_the_command_selects_by_words_and_the_subject(daemon: Daemon, tmp_path: Path) -> None:
    write(tmp_path / "red.png", picture())

    def segment(*arguments: str) -> dict[str, object]:
        run = run_in(
            daemon.state, "segment", "red.png", "--json", "--force", *arguments, cwd=tmp_path
        )
        assert run.code == 0, run.err
        report: dict[str, object] = json.loads(run.out)
        return report

    asked = ("--text", "thing, ground", "--confidence", "0.05")
    words = segment(*asked, "--count", "2", "-o", "a.png")
    assert words["model"] == "words"
    assert 1 <= len(words["instances"]) <= 2  # type: ignore[arg-type]
    assert samples(tmp_path / "a.png").any()
    segment(*asked, "--invert", "-o", "a.png")
    subject = segment("--subject", "--confidence", "0", "--grow", "2", "-o", "b.png")
    assert subject["model"] == "subjects"
    plain = samples(tmp_path / "b.png")
    segment("--subject", "--confidence", "0", "--grow", "2", "--invert", "-o", "b.png")
    assert np.array_equal(samples(tmp_path / "b.png"), 255 - plain)


def test_the_command_lists_who_selects(daemon: Daemon, tmp_path: Path) -> None:
    run = run_in(daemon.state, "models", "list", cwd=tmp_path)
    assert run.code == 0, run.err
    assert "words" in run.out
    assert "OWLv2" in run.out
