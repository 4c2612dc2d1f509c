from __future__ import annotations

from typing import Any

import pytest

from gimp_plugin import arguments
from gimp_plugin.growing import Wanted
from sfumato_client import Anchor, Bounds, Extent, Refused, Sides

PICTURE = Extent(400, 300)
DEFAULTS: dict[str, Any] = {each.name: each.default for each in arguments.CANVAS}


def wanted(**values: Any) -> Wanted:
    return Wanted.of({**DEFAULTS, **values})


def test_sides_are_added_as_they_are() -> None:
    growth = wanted(left=70, top=30, right=50).growth(PICTURE)
    assert growth.sides == Sides(70, 30, 50, 0)
    assert (growth.canvas, growth.known) == (Extent(520, 330), Bounds(70, 30, 400, 300))
    assert growth.overlap == 32


def test_an_overlap_can_be_given() -> None:
    assert wanted(left=70, overlap=0).growth(PICTURE).overlap == 0
    assert wanted(left=70, overlap=9).growth(PICTURE).overlap == 9


@pytest.mark.parametrize(
    ("anchor", "sides"),
    [
        ("center", Sides(left=100, right=100)),
        ("left", Sides(right=200)),
        ("top-right", Sides(left=200)),
    ],
)
def test_an_aspect_wins_over_the_sides(anchor: str, sides: Sides) -> None:
    assert wanted(aspect=" 2:1 ", anchor=anchor, bottom=9).chosen(PICTURE) == sides


@pytest.mark.parametrize("aspect", ["wide", "16", "16:", "0:1", "nan:1", "4:3"])
def test_what_is_no_aspect_or_adds_nothing_is_refused(aspect: str) -> None:
    with pytest.raises(Refused):
        wanted(aspect=aspect).growth(PICTURE)


def test_nothing_to_add_is_refused() -> None:
    with pytest.raises(Refused, match="at least one pixel"):
        wanted().growth(PICTURE)


def test_every_place_has_a_word() -> None:
    words = [word for word, _ in arguments.ANCHOR.choices]
    assert {wanted(anchor=word).anchor for word in words} == set(Anchor)
