"""The engine of selections without weights, from a question to its selection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sfumato.engines.messages import Found
from sfumato.engines.segment.engine import SegmentEngine
from sfumato.engines.target import Point, Target
from sfumato.engines.work import Work
from tests.support import asked
from tests.support.asked import question
from tests.support.subjects import overlap, subjects

SUBJECTS = subjects()
COIN = SUBJECTS["large coin"]
OTHER = SUBJECTS["coin in the corner"]


def answered(work: Work) -> tuple[Found, NDArray[np.uint8]]:
    return asked.answered(SegmentEngine("cpu", {}), work)


def selected(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return mask >= 128


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_kind_of_picture_is_looked_at(tmp_path: Path, samples: int, dtype: type) -> None:
    gray = COIN.picture[..., :1]
    full = np.full_like(gray, 255)
    picture = np.concatenate([gray] * (1 if samples < 3 else 3) + [full], axis=2)[..., :samples]
    picture = picture.astype(dtype) * (np.iinfo(dtype).max // 255)
    _, mask = answered(question(tmp_path, picture, Target(boxes=(COIN.box(),))))
    assert overlap(selected(mask), COIN.area) > 0.9


def test_the_answer_has_boxes_on_the_canvas_and_says_how_sure_it_is(tmp_path: Path) -> None:
    left, top = 40, 70
    box = COIN.box().shifted(left, top)
    found, mask = answered(question(tmp_path, COIN.picture, Target(boxes=(box,)), left, top))
    (instance,) = found.instances
    assert box.contains(instance.box)
    assert instance.box.area > 0.7 * box.area
    assert 0.3 < instance.confidence <= 1
    assert overlap(selected(mask), COIN.area) > 0.9


def test_each_box_is_an_instance_and_count_keeps_the_surest(tmp_path: Path) -> None:
    target = Target(boxes=(COIN.box(), OTHER.box()))
    found, mask = answered(question(tmp_path, COIN.picture, target))
    assert len(found.instances) == 2
    assert overlap(selected(mask), COIN.area | OTHER.area) > 0.9
    surest, other = found.instances
    assert surest.confidence >= other.confidence
    (tmp_path / "arena").unlink()
    one, mask = answered(question(tmp_path, COIN.picture, replace(target, count=1)))
    assert one.instances == (surest,)
    assert overlap(selected(mask), COIN.area | OTHER.area) < 0.6


def test_growing_widens_and_inverting_selects_the_rest(tmp_path: Path) -> None:
    def mask(name: str, **changes: object) -> NDArray[np.uint8]:
        (tmp_path / name).mkdir()
        target = replace(Target(boxes=(COIN.box(),)), **changes)  # type: ignore[arg-type]
        return answered(question(tmp_path / name, COIN.picture, target))[1]

    plain, grown, rest = mask("plain"), mask("grown", grow=5), mask("rest", invert=True)
    assert (grown >= plain).all()
    radius = [np.sqrt(selected(area).sum() / np.pi) for area in (plain, grown)]
    assert 4 < radius[1] - radius[0] < 6
    assert np.array_equal(rest, 255 - plain)


def test_what_is_not_sure_enough_is_left_out(tmp_path: Path) -> None:
    found, mask = answered(
        question(tmp_path, COIN.picture, Target(boxes=(COIN.box(),), confidence=0.999))
    )
    assert found.instances == ()
    assert not mask.any()


def test_clicks_in_a_box_belong_to_it_and_others_are_one_thing(tmp_path: Path) -> None:
    target = Target(
        points=(Point(347, 187), Point(335, 44), Point(300, 120, exclude=True)),
        boxes=(COIN.box(),),
    )
    found, mask = answered(question(tmp_path, COIN.picture, target))
    assert len(found.instances) == 2
    assert overlap(selected(mask), COIN.area | OTHER.area) > 0.9


def test_a_face_is_an_instance_with_its_name(tmp_path: Path) -> None:
    picture = SUBJECTS["astronaut"].picture
    found, mask = answered(question(tmp_path, picture, Target(face=True, confidence=0.3)))
    assert [instance.label for instance in found.instances] == ["face"]
    assert mask[117, 224] == 255


def test_a_cancelled_question_is_forgotten(tmp_path: Path) -> None:
    engine = SegmentEngine("cpu", {})
    work = question(tmp_path, COIN.picture, Target(boxes=(COIN.box(),)))
    engine.start(work)
    assert list(engine.step())
    engine.cancel("q")
    assert not engine.busy
