"""Boxes and polygons as they are written on a command line."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from sfumato.cli.polygons import Polygon, joined, parse_box, parse_polygon
from sfumato_client.geometry import Bounds


def test_the_corners_after_polygon_become_one_argument() -> None:
    line = ["inpaint", "a.png", "--polygon", "1,2", "30,2.5", "-15,40", "-o", "b.png"]
    assert joined(line) == ["inpaint", "a.png", "--polygon", "1,2 30,2.5 -15,40", "-o", "b.png"]


def test_the_picture_may_stand_after_the_corners() -> None:
    assert joined(["--polygon", "1,2", "3,4", "5,6", "a.png"]) == [
        "--polygon",
        "1,2 3,4 5,6",
        "a.png",
    ]


def test_several_polygons_stay_several() -> None:
    line = ["--polygon", "1,2", "3,4", "5,6", "--polygon", "7,8", "9,9", "1,1"]
    assert joined(line) == ["--polygon", "1,2 3,4 5,6", "--polygon", "7,8 9,9 1,1"]


@given(st.lists(st.sampled_from(["a.png", "-o", "--box", "1,2,3,4", "--mask", "x y", "12"])))
def test_other_arguments_stay_as_they_are(line: list[str]) -> None:
    assert joined(line) == line


def test_a_quoted_polygon_is_one_argument_already() -> None:
    assert joined(["--polygon", "1,2 3,4 5,6"]) == ["--polygon", "1,2 3,4 5,6"]


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=3))
def test_corners_are_read_as_written(corners: list[tuple[int, int]]) -> None:
    text = " ".join(f"{x},{y}" for x, y in corners)
    assert parse_polygon(text) == Polygon(tuple((float(x), float(y)) for x, y in corners))


@pytest.mark.parametrize("text", ["", "1,2", "1,2 3,4", "1,2 3,4 5", "a,b c,d e,f", "1,2;3,4;5,6"])
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="three corners"):
        parse_polygon(text)


def test_a_box_is_read_from_its_edges() -> None:
    assert parse_box("10,20,30,50") == Bounds(10, 20, 20, 30)
    assert parse_box("-5, 0, 5, 1") == Bounds(-5, 0, 10, 1)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "1,2,3,4,5", "1.5,2,3,4"])
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="LEFT,TOP,RIGHT,BOTTOM"):
        parse_box(text)


@pytest.mark.parametrize("text", ["5,5,5,9", "5,5,4,9", "5,9,8,9"])
def test_an_empty_box_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is empty"):
        parse_box(text)
