"""Edits of a batch as they are written: parsed by ``inpaint``'s parser, mistakes told together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sfumato.cli.additions import Reference
from sfumato.cli.batch.naming import Names
from sfumato.cli.batch.rows import Row, rows
from sfumato.cli.batch.sources import listed
from sfumato.cli.failures import BadInput
from sfumato.cli.polygons import Polygon
from sfumato_client import Bounds

OUT = Path("/out")


def made(
    edits: Path, *, selects: bool = False, name: str = "{stem}.{ext}", **common: Any
) -> list[Row]:
    return rows(listed(edits, selects=selects), common, Names(OUT, name))


def lines(folder: Path, *fields: dict[str, Any]) -> Path:
    path = folder / "edits.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in fields) + "\n")
    return path


def test_a_line_has_the_fields_of_inpaint(tmp_path: Path) -> None:
    (row,) = made(
        lines(
            tmp_path,
            {
                "image": "a.jpg",
                "mask": "m.png",
                "box": [[1, 2, 30, 40], [5, 6, 7, 8]],
                "polygon": [[1, 1], [9, 1], [5.5, 9]],
                "point": [3, 4],
                "prompt": "a hat",
                "negative_prompt": "hair",
                "strength": 0.5,
                "instruct": True,
                "enhance": False,
                "seed": None,
                "reference": ["style.png:0.5"],
            },
        )
    )
    assert (row.number, row.name, row.image) == (1, "a.jpg", tmp_path / "a.jpg")
    assert row.output.out == OUT / "a.jpg"
    assert row.selecting.mask == tmp_path / "m.png"
    assert row.selecting.box == [Bounds(1, 2, 29, 38), Bounds(5, 6, 2, 2)]
    assert row.selecting.polygon == [Polygon(((1, 1), (9, 1), (5.5, 9)))]
    assert row.pointing.point == [(3, 4)]
    painting = row.painting
    assert (painting.prompt, painting.negative_prompt, painting.strength) == ("a hat", "hair", 0.5)
    assert (painting.instruct, painting.enhance, painting.seed) == (True, False, None)
    assert painting.reference == [Reference(tmp_path / "style.png", 0.5)]
    assert row.files == [tmp_path / "a.jpg", tmp_path / "m.png", tmp_path / "style.png"]


def test_a_table_says_the_same_as_lines(tmp_path: Path) -> None:
    table = tmp_path / "edits.csv"
    table.write_text(
        "\ufeffimage,box,prompt,instruct,seed\n"
        'a.png,"1,2,30,40; 5,6,7,8","a hat, red",yes,\n'
        "\n"
        'b.png,"1,2,30,40",,no,7\n',
        "utf-8",
    )
    first, second = made(table)
    assert first.selecting.box == [Bounds(1, 2, 29, 38), Bounds(5, 6, 2, 2)]
    assert (first.painting.prompt, first.painting.instruct) == ("a hat, red", True)
    assert (second.painting.prompt, second.painting.seed) == ("", 7)
    semicolons = tmp_path / "german.csv"
    semicolons.write_text("image;box\na.png;1,2,30,40\n")
    assert made(semicolons)[0].selecting.box == [Bounds(1, 2, 29, 38)]


def test_a_folder_pairs_pictures_with_masks_and_tells_what_is_alone(tmp_path: Path) -> None:
    for name in ("a.jpg", "a_mask.png", "b.tif", "b_mask.tif", "c.png", "d_mask.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [(row.image.name, row.selecting.mask) for row in made(tmp_path)] == [
        ("a.jpg", tmp_path / "a_mask.png"),
        ("b.tif", tmp_path / "b_mask.tif"),
    ]
    assert listed(tmp_path, selects=False).left_out == [
        "c.png has no c_mask.png.",
        "d_mask.png has no picture.",
    ]
    assert [row.image.name for row in made(tmp_path, selects=True)] == ["a.jpg", "b.tif", "c.png"]


def test_what_is_given_for_all_holds_where_a_row_says_nothing(tmp_path: Path) -> None:
    edits = lines(tmp_path, {"image": "a.png", "grow": 1}, {"image": "b.png", "preset": "repair"})
    first, second = made(edits, grow=7.0, preset="remove", box=[Bounds(0, 0, 5, 5)])
    assert (first.selecting.grow, first.painting.preset) == (1, "remove")
    assert (second.selecting.grow, second.painting.preset) == (7, "repair")
    assert second.selecting.box == [Bounds(0, 0, 5, 5)]


def test_names_come_from_templates_and_rows_may_name_their_own(tmp_path: Path) -> None:
    edits = lines(
        tmp_path,
        {"image": "sub/a.jpg", "box": "1,1,9,9", "preset": "repair"},
        {"image": "b.jpg", "box": "1,1,9,9", "out": "other/b.png", "layer": "b-layer.png"},
    )
    first, second = made(edits, name="{folder}/{number:03}-{stem}-{preset}.png")
    assert first.name == "sub/001-a-repair.png"
    assert (second.name, second.output.layer) == ("other/b.png", OUT / "b-layer.png")
    assert made(edits, name="{folder}/{stem}.tif")[0].name == "sub/a.tif"
    assert made(lines(tmp_path, {"image": "b.jpg"}), name="{folder}/{stem}.tif")[0].name == "b.tif"


def test_what_was_asked_is_the_same_from_wherever_it_is_read(tmp_path: Path) -> None:
    fields = {"image": "a.png", "mask": "m.png", "reference": ["r.png"], "prompt": "x"}
    (tmp_path / "there").mkdir()
    here, there = (made(lines(folder, fields))[0] for folder in (tmp_path, tmp_path / "there"))
    assert here.asked == there.asked
    assert here.asked != made(lines(tmp_path, {**fields, "prompt": "y"}))[0].asked
    assert here.asked != made(lines(tmp_path, {**fields, "reference": ["r.png:0.2"]}))[0].asked


def test_all_mistakes_are_told_before_anything_is_done(tmp_path: Path) -> None:
    edits = lines(
        tmp_path,
        {"image": "a.png", "box": "1,2"},
        {"image": "b.png", "strength": 3},
        {"image": "c.png", "bocks": "1,2,3,4"},
        {"box": "1,2,3,4"},
        {"image": "e.png", "token": "secret"},
        {"image": "f.png", "out": "../f.png"},
        {"image": "g.png", "instruct": "perhaps"},
    )
    with pytest.raises(BadInput) as error:
        made(edits)
    told = error.value.message.splitlines()
    for number, words in enumerate(
        (
            "'1,2' is no box",
            "less than or equal to 1",
            "no field 'bocks'; there are image, out, layer, mask, box",
            "it has no `image`",
            "--token is for the whole batch",
            "no name of a file in OUT",
            "it is true or false",
        ),
        1,
    ):
        assert f"line {number}: " in told[number]
        assert words in told[number]
    assert "secret" not in error.value.message


def test_results_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    edits = lines(
        tmp_path, {"image": "a.png", "box": "1,1,9,9"}, {"image": "x/a.png", "face": True}
    )
    with pytest.raises(BadInput, match=r"edits 1 and 2 would both be a\.png.*\{number\}"):
        made(edits)
    assert [row.name for row in made(edits, name="{stem}-{number}.{ext}")] == ["a-1.png", "a-2.png"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("edits.jsonl", "{", "line 1, is no JSON"),
        ("edits.jsonl", "[1]", "is no object"),
        ("edits.jsonl", "\n\n", "There is no edit"),
        ("edits.csv", "", "There is no edit"),
        (
            "edits.csv",
            "image,box\na.png,1,2,3,4\n",
            "line 2, has 5 cells, and the first line names 2 (image, box). Leave cells without a "
            'value empty, and put values with commas or semicolons in "quotes".',
        ),
        (
            "edits.csv",
            'image,box,prompt\na.png,"1,2,3,4",\n\nb.png\n',
            "line 4, has 1 cell, and the first line names 3 (image, box, prompt).",
        ),
        ("edits.txt", "a", "name a .jsonl, a .csv or a folder"),
    ],
)
def test_what_is_no_list_of_edits_is_refused(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as error:
        made(tmp_path / name)
    assert words in error.value.message


@pytest.mark.parametrize("template", ["{seed}.png", "{stem", "{stem.__class__}.png", "{0}.png"])
def test_a_template_with_other_fields_is_refused(tmp_path: Path, template: str) -> None:
    with pytest.raises(BadInput, match=r"template; its fields are|no name"):
        made(lines(tmp_path, {"image": "a.png"}), name=template)
