"""``sfumato inpaint`` with a selection that the daemon finds, over a real daemon."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.command import Sfumato
from tests.support.pictures import samples, write
from tests.support.subjects import overlap, photograph, subjects

pytestmark = pytest.mark.timeout(300)

COIN = subjects()["large coin"]


@pytest.fixture
def coins(tmp_path: Path) -> Path:
    return write(tmp_path / "coins.png", COIN.picture)


def alpha(path: Path) -> np.ndarray:
    """How far a layer covers what is below it."""
    return np.asarray(samples(path)[..., 3])


def test_a_point_selects_what_segment_finds_there(sfumato: Sfumato, coins: Path) -> None:
    edit = ("inpaint", coins, "--point", "347,187", "--grow", "0", "--feather", "0")
    done = sfumato(*edit, "-o", "out.png", "--layer", "layer.png")
    assert done.code == 0, done.err
    assert overlap(alpha(coins.parent / "layer.png") >= 128, COIN.area) >= 0.9
    done = sfumato("segment", coins, "--point", "347,187", "-o", "mask.png")
    assert done.code == 0, done.err
    mask = samples(coins.parent / "mask.png")[..., 0]
    assert (alpha(coins.parent / "layer.png") == mask).all()
    same = (samples(coins.parent / "out.png") == COIN.picture).all(axis=2)
    assert same[mask == 0].all()


def test_what_is_drawn_is_selected_beside_what_is_found(sfumato: Sfumato, coins: Path) -> None:
    edit = ("inpaint", coins, "--point", "347,187", "--box", "10,10,40,40", "--feather", "0")
    done = sfumato(*edit, "--grow", "0", "-o", "out.png", "--layer", "layer.png")
    assert done.code == 0, done.err
    layer = alpha(coins.parent / "layer.png")
    assert (layer[10:40, 10:40] == 255).all()
    assert overlap(layer[60:] >= 128, COIN.area[60:]) >= 0.9


def test_a_face_is_found_and_replaced(sfumato: Sfumato, tmp_path: Path) -> None:
    picture = write(tmp_path / "astronaut.png", photograph("astronaut")[40:240, 130:330])
    done = sfumato("inpaint", picture, "--face", "-o", "nobody.png")
    assert done.code == 0, done.err
    changed = (samples(tmp_path / "nobody.png") != samples(picture)).any(axis=2)
    assert changed[60:100, 80:110].mean() > 0.9
    assert not changed[:, :20].any()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--text", "coin"), "needs a model"),
        (("--subject",), "needs a model"),
        (("--face",), "Nothing was found"),
        (("--exclude", "3,3"), "give a --point, too"),
        (("--point", "900,3"), "outside the picture"),
    ],
)
def test_what_cannot_be_found_changes_nothing_and_says_why(
    sfumato: Sfumato, coins: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = sfumato("inpaint", coins, *arguments, "-o", "out.png")
    assert done.code == 2
    assert sentence in done.err.replace("\n", " ")
    assert not (coins.parent / "out.png").exists()
