"""Boxes and clicks on real photographs, against outlines that were traced by hand."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sfumato.engines.segment.grabcut import cut
from sfumato.engines.segment.prompt import Prompt
from sfumato_client.geometry import Bounds
from tests.support.subjects import overlap, photograph, subjects

SUBJECTS = subjects()
# The middle of each lies on one colour; a click on the astronaut would mean one of the suit's.
PLAIN = ("large coin", "coin in the corner", "dark coin")

Value = TypeVar("Value")


def run(steps: Generator[None, None, Value]) -> tuple[Value, int]:
    """The outcome, and how many steps it took."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, count
        count += 1


def found(image: NDArray[np.uint8], prompt: Prompt) -> NDArray[np.bool_]:
    return run(cut(image, prompt))[0]


def middle(area: NDArray[np.bool_]) -> tuple[int, int]:
    rows, columns = np.nonzero(area)
    return int(columns.mean()), int(rows.mean())


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_box_drawn_by_hand_selects_its_subject(name: str) -> None:
    subject = SUBJECTS[name]
    assert overlap(found(subject.picture, Prompt(subject.box())), subject.area) >= 0.8


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_careless_box_does_nearly_as_well(name: str) -> None:
    subject = SUBJECTS[name]
    assert overlap(found(subject.picture, Prompt(subject.box(0.08))), subject.area) >= 0.75


@pytest.mark.parametrize("name", PLAIN)
def test_a_click_selects_a_thing_of_one_colour(name: str) -> None:
    subject = SUBJECTS[name]
    prompt = Prompt(None, (middle(subject.area),))
    assert overlap(found(subject.picture, prompt), subject.area) >= 0.9


def test_two_clicks_select_both_things() -> None:
    one, other = SUBJECTS["large coin"], SUBJECTS["coin in the corner"]
    prompt = Prompt(None, (middle(one.area), middle(other.area)))
    area = found(one.picture, prompt)
    assert overlap(area & one.area, one.area) > 0.9
    assert overlap(area & other.area, other.area) > 0.9


def test_what_is_excluded_is_not_selected() -> None:
    cup = SUBJECTS["coffee cup"]
    spot = 110, 200  # On the saucer.
    with_saucer = found(cup.picture, Prompt(cup.box()))
    without = found(cup.picture, Prompt(cup.box(), (), (spot,)))
    assert with_saucer[spot[1], spot[0]]
    assert not without[spot[1], spot[0]]
    assert without.sum() < 0.8 * with_saucer.sum()


def test_nothing_beyond_the_box_is_selected() -> None:
    cup = SUBJECTS["coffee cup"]
    box = Bounds(180, 60, 120, 100)
    area = found(cup.picture, Prompt(box))
    area[box.y : box.bottom, box.x : box.right] = False
    assert not area.any()


def test_a_picture_of_one_colour_holds_nothing_or_the_box() -> None:
    gray = np.full((80, 90, 3), 128, np.uint8)
    box = Bounds(20, 20, 30, 30)
    area = found(gray, Prompt(box))
    area[box.y : box.bottom, box.x : box.right] = False
    assert not area.any()


@pytest.mark.parametrize("box", [Bounds(0, 0, 60, 40), Bounds(59, 39, 1, 1), Bounds(0, 0, 1, 40)])
def test_boxes_of_every_size_are_answered(box: Bounds) -> None:
    picture = np.ascontiguousarray(photograph("coffee")[:40, :60])
    assert found(picture, Prompt(box)).shape == (40, 60)


def test_a_large_picture_is_cut_along_its_edge_alone_and_just_as_well() -> None:
    subject, times = SUBJECTS["mission patch"], 4
    large = cv2.resize(subject.picture, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    box = Bounds(*(times * side for side in subject.box()))
    area, steps = run(cut(large, Prompt(box)))
    small = cv2.resize(area.view(np.uint8), subject.area.shape[::-1], interpolation=cv2.INTER_AREA)
    assert overlap(small > 0, subject.area) >= 0.9
    # Every tile is a step, so that a large picture's cut can be stopped.
    assert steps > 15


def test_the_same_question_has_the_same_answer() -> None:
    cup = SUBJECTS["coffee cup"]
    first, second = (found(cup.picture, Prompt(cup.box())) for _ in range(2))
    assert np.array_equal(first, second)
