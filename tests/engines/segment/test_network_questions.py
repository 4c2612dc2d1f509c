"""Questions that networks answer: clicks, boxes, words, the subject; and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sfumato.engines.base import Refused
from sfumato.engines.messages import Failed
from sfumato.engines.segment.networks import NetworkEngine
from sfumato.engines.segment.owl import Owl, descriptions, distinct
from sfumato.engines.segment.sam import Sam
from sfumato.engines.target import Point, Target
from sfumato.models.selectors import SelectorKind
from tests.support.asked import answered, question
from tests.support.networks import CPU, PICTURE, PROMPTS, TINY, engine
from tests.support.subjects import overlap
from tests.support.tiny_selectors import tiny_owl, tiny_sam
from tests.support.works import run


@pytest.mark.parametrize("name", ["sam", "sam2"])
def test_a_click_and_a_box_are_answered_like_any_question(tmp_path: Path, name: str) -> None:
    target = Target(points=(Point(60 + 7, 80 + 9),))
    found, mask = answered(engine(name), question(tmp_path, PICTURE, target, 7, 9, name))
    ours = Sam(TINY[name](), SelectorKind(name), CPU)
    area, confidence = ours.cut(ours.see(PICTURE), PROMPTS["a click"])
    assert overlap(mask >= 128, area) > 0.95
    (instance,) = found.instances
    assert instance.confidence == pytest.approx(confidence)
    assert instance.box.x >= 7


@pytest.mark.parametrize("names", [("owlv2", "sam2"), ("sam", "owlv2"), ("owlv2",)])
def test_words_find_things_that_sam_or_grabcut_selects(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    sightings = Owl(tiny_owl(), CPU).find(PICTURE, "cup, spoon")[:8]
    target = Target(text="cup, spoon", confidence=sightings[-1].confidence, count=8)
    found, mask = answered(engine(*names), question(tmp_path, PICTURE, target, model="owlv2"))
    # In some of its boxes, which are random, there may be nothing.
    assert found.instances
    told = {(sighting.confidence, sighting.words) for sighting in sightings}
    assert {(instance.confidence, instance.label) for instance in found.instances} <= told
    assert mask.any()


def test_words_that_name_nothing_sure_enough_select_nothing(tmp_path: Path) -> None:
    target = Target(text="cup", confidence=1.0)
    found, mask = answered(
        engine("owlv2", "sam"), question(tmp_path, PICTURE, target, model="owlv2")
    )
    assert found.instances == ()
    assert not mask.any()


def test_a_description_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Use fewer words"):
        Owl(tiny_owl(), CPU).find(PICTURE, "a cup, " + "x" * 50)
    target = Target(text="x" * 50)
    reports = run(engine("owlv2"), question(tmp_path, PICTURE, target, model="owlv2"))
    (failed,) = (report for report in reports if isinstance(report, Failed))
    assert (failed.code, failed.refused) == ("TEXT_TOO_LONG", True)


def test_the_subject_is_a_soft_selection_of_the_pictures_size(tmp_path: Path) -> None:
    work = question(tmp_path, PICTURE, Target(subject=True), model="birefnet")
    found, mask = answered(engine("birefnet"), work)
    (instance,) = found.instances
    assert 0.5 < instance.confidence < 1
    assert len(np.unique(mask)) > 20


def test_a_model_that_cannot_be_read_fails_its_question_alone(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in tiny_sam().iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    both = NetworkEngine(
        "cpu", {"model:broken": str(broken), "model:sam": str(tiny_sam()), "memory": "0"}
    )
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-999])
    target = Target(points=(Point(60, 80),))
    (failed,) = (
        report
        for report in run(both, question(tmp_path, PICTURE, target, model="broken"))
        if isinstance(report, Failed)
    )
    assert failed.code == "MODEL_UNUSABLE"
    (tmp_path / "arena").unlink()
    assert answered(both, question(tmp_path, PICTURE, target, model="sam"))[0].instances


def test_descriptions_are_parted_by_commas_and_each_thing_is_told_once() -> None:
    assert descriptions(" a red  cup, spoon;spoon,, ") == ["a red cup", "spoon"]
    found = Owl(tiny_owl(), CPU).find(PICTURE, "cup")
    assert distinct([*found, *found]) == found
