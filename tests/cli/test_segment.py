"""``sfumato segment``, the real command against the real daemon."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.command import Sfumato
from tests.support.pictures import samples, write
from tests.support.subjects import overlap, photograph, subjects

CUP = subjects()["coffee cup"]


def edges(name: str = "coffee cup") -> str:
    box = subjects()[name].box()
    return f"{box.x},{box.y},{box.right},{box.bottom}"


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    return write(tmp_path / "coffee.png", CUP.picture)


def test_a_box_makes_a_mask_of_the_pictures_size(
    sfumato: Sfumato, coffee: Path, tmp_path: Path
) -> None:
    run = sfumato("segment", coffee, "--box", edges(), "-o", "cup.png", "--json")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    assert report["model"] == "grabcut"
    (instance,) = report["instances"]
    assert 0 < instance["confidence"] <= 1
    mask = samples(tmp_path / "cup.png")
    assert mask.shape == (400, 600, 1)
    assert overlap(mask[..., 0] >= 128, CUP.area) >= 0.8
    left, top, right, bottom = instance["box"]
    rows, columns = np.nonzero(mask[..., 0] >= 128)
    found = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert found == (left, top, right, bottom)


def test_the_mask_is_one_for_inpaint(sfumato: Sfumato, coffee: Path, tmp_path: Path) -> None:
    run = sfumato("segment", coffee, "--box", "320,230,412,330", "-o", "spoon.png", "--grow", "3")
    assert run.code == 0, run.err
    run = sfumato("inpaint", coffee, "--mask", "spoon.png", "-o", "without.png")
    assert run.code == 0, run.err
    changed = (samples(tmp_path / "without.png") != CUP.picture).any(axis=2)
    assert changed[270, 360]
    assert not changed[:200].any()


def test_points_inversion_and_tiff_at_16_bit(sfumato: Sfumato, tmp_path: Path) -> None:
    coins = photograph("coins")[..., :1].astype(np.uint16) * 257
    picture = write(tmp_path / "coins.tif", coins)
    arguments = ("segment", picture, "--point", "347,187", "--invert", "-o", "rest.tif")
    run = sfumato(*arguments)
    assert run.code == 0, run.err
    rest = samples(tmp_path / "rest.tif")[..., 0]
    assert overlap(rest < 128, subjects()["large coin"].area) >= 0.9


def test_a_face_is_told_with_its_place(sfumato: Sfumato, tmp_path: Path) -> None:
    picture = write(tmp_path / "astronaut.png", photograph("astronaut"))
    run = sfumato("segment", picture, "--face", "-o", "face.png")
    assert run.code == 0, run.err
    assert "face in" in run.err
    assert "sure" in run.err
    assert samples(tmp_path / "face.png")[117, 224, 0] == 255


def test_nothing_found_writes_a_black_mask_and_says_so(
    sfumato: Sfumato, coffee: Path, tmp_path: Path
) -> None:
    run = sfumato("segment", coffee, "--face", "-o", "face.png")
    assert run.code == 0
    assert "Nothing was found" in run.err
    assert not samples(tmp_path / "face.png").any()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say what to find"),
        (("--exclude", "3,3"), "Say what to find"),
        (("--text", "cup"), "needs a model"),
        (("--subject",), "needs a model"),
        (("--point", "3"), "no point"),
        (("--point", "700,3"), "outside the picture"),
        (("--box", "700,3,800,9"), "lies outside"),
        (("--face", "--model", "sam9"), "no model 'sam9'"),
        (("--face", "--count", "33"), "--count"),
    ],
)
def test_bad_questions_are_answered_with_a_sentence(
    sfumato: Sfumato, coffee: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    run = sfumato("segment", coffee, *arguments, "-o", "mask.png")
    assert run.code == 2
    assert sentence in run.err.replace("\n", " ")
    assert not (tmp_path / "mask.png").exists()


def test_no_mask_is_written_as_jpeg_or_over_another_file(
    sfumato: Sfumato, coffee: Path, tmp_path: Path
) -> None:
    run = sfumato("segment", coffee, "--face", "-o", "mask.jpg")
    assert (run.code, "JPEG" in run.err) == (2, True)
    run = sfumato("segment", coffee, "--face", "-o", coffee)
    assert (run.code, "exists already" in run.err) == (2, True)
    with Image.open(coffee) as image:
        assert image.size == (600, 400)


def test_without_a_daemon_one_is_started(without_daemon: Sfumato, coffee: Path) -> None:
    run = without_daemon("segment", coffee, "--box", edges(), "-o", "cup.png")
    assert run.code == 0, run.err
    assert "one was started" in run.err
