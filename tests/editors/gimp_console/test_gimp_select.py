"""Selections made by the daemon, in the real GIMP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document, as_float
from tests.support.daemon import running_daemon
from tests.support.tiny_selectors import tiny_birefnet, tiny_owl, tiny_sam2

# Where the face of the astronaut is, by eye.
FACE = np.s_[70:200, 160:280]
PRECISIONS = (
    ("RGB", "U8_NON_LINEAR"),
    ("RGB", "U8_LINEAR"),
    ("RGB", "U16_NON_LINEAR"),
    ("RGB", "FLOAT_LINEAR"),
    ("GRAY", "U8_NON_LINEAR"),
)


@pytest.fixture
def astronaut(gimp: Gimp) -> Iterator[Document]:
    document = Document(gimp, as_float(skimage.data.astronaut()))
    yield document
    document.close()


@pytest.fixture
def coffee(gimp: Gimp) -> Iterator[Document]:
    document = Document(gimp, as_float(skimage.data.coffee()))
    yield document
    document.close()


def box(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A rough box around the cup of coffee and its saucer."""
    plane = np.zeros(shape, np.uint8)
    plane[30:390, 60:560] = 255
    return plane


def found(document: Document, **asked: object) -> NDArray[np.uint8]:
    answer = document.run("select", **asked)
    assert answer.status == "success", answer.sentence
    return document.selection()


@pytest.mark.parametrize(("base", "precision"), PRECISIONS)
def test_a_face_becomes_the_selection_and_nothing_else_changes(
    gimp: Gimp, base: str, precision: str
) -> None:
    document = Document(gimp, as_float(skimage.data.astronaut()), base=base, precision=precision)
    document.select(None)
    seen, state = document.seen("R'G'B' u16", "<u2"), document.play("state")

    face = found(document, what="face")

    inside = np.zeros(face.shape, bool)
    inside[FACE] = True
    assert face[inside].mean() > 128
    assert face[~inside].mean() < 16
    assert document.seen("R'G'B' u16", "<u2").tobytes() == seen.tobytes()
    assert document.play("state") == {**state, "dirty": True}
    # What is found is selected to the level, whatever the picture's encoding.
    wide = found(document, what="face", grow=9, invert=True)
    narrow = found(document, what="face", grow=9)
    assert (wide == 255 - narrow).all()
    document.close()


def test_what_the_selections_box_holds_becomes_the_selection(coffee: Document) -> None:
    drawn = box((coffee.height, coffee.width))
    coffee.select(drawn)
    cup = found(coffee, what="box")
    assert cup[drawn == 0].mean() < 1
    assert cup[200, 300] == 255, "the coffee itself"
    assert 0.2 < (cup > 127).sum() / (drawn > 0).sum() < 0.95


def test_what_lies_at_a_point_becomes_the_selection(gimp: Gimp) -> None:
    picture = np.full((240, 320, 3), (60, 90, 200), np.uint8)
    picture[60:180, 90:230] = (230, 200, 40)
    document = Document(gimp, as_float(picture))
    selected = found(document, what="point", points="160,120")
    assert (selected[70:170, 100:220] > 127).mean() > 0.95
    assert (selected[:40] > 127).mean() < 0.05
    document.close()


def test_points_can_be_added_and_taken_out(gimp: Gimp) -> None:
    """Two patches of the same kind; with the second point both are meant, and then one again."""
    picture = np.full((240, 320, 3), (60, 90, 200), np.uint8)
    left, right = np.s_[60:180, 30:130], np.s_[60:180, 190:290]
    picture[left] = picture[right] = (230, 200, 40)
    document = Document(gimp, as_float(picture))
    both = found(document, what="point", points="80,120 240,120")
    assert (both[left] > 127).mean() > 0.9
    assert (both[right] > 127).mean() > 0.9
    one = found(document, what="point", points="80,120", exclude="240,120")
    assert (one[left] > 127).mean() > 0.9
    assert (one[right] > 127).mean() < 0.1
    document.close()


def test_a_wider_answer_holds_the_answer(astronaut: Document) -> None:
    face = found(astronaut, what="face")
    wide = found(astronaut, what="face", grow=12)
    assert (wide >= face).all()
    assert (wide > 127).sum() > 1.1 * (face > 127).sum()


def test_the_answer_can_be_taken_away_at_once(astronaut: Document) -> None:
    """A selection that was found is as good as one that was drawn."""
    found(astronaut, what="face")
    assert astronaut.run("remove", seed=1).layer == "Remove 1"


def test_words_and_the_main_subject_are_found_with_models(
    gimp: Gimp, coffee: Document, tmp_path: Path
) -> None:
    names = {"words": tiny_owl(), "clicks": tiny_sam2(), "subject": tiny_birefnet()}
    models = [part for name, at in names.items() for part in ("--model", f"{name}={at}")]
    seen = coffee.seen("R'G'B' u8", "u1").tobytes()
    with (
        running_daemon(tmp_path, *models, "--device", "cpu") as daemon,
        connected(gimp, daemon.address, daemon.token),
    ):
        # What untrained models find is chance, but that they were asked is not.
        assert found(coffee, what="text", text="a cup, a spoon").any()
        answer = coffee.run("select", what="text", text="x" * 40)
        assert "Use fewer words" in answer.sentence
        coffee.select(None)
        assert found(coffee, what="subject", confidence=0.0).any()
    assert coffee.seen("R'G'B' u8", "u1").tobytes() == seen


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"what": "box"}, "Nothing is selected"),
        ({"what": "point"}, "give points"),
        ({"what": "point", "points": "10,10 5000,10"}, "The point 5000,10 lies outside"),
        ({"what": "point", "points": "10"}, "is no point"),
        ({"what": "text"}, "Write in a word or two"),
        ({"what": "text", "text": "a cup"}, "model"),
        ({"what": "face"}, "Nothing was found"),
    ],
)
def test_what_cannot_be_found_is_said_and_the_selection_stays(
    gimp: Gimp, asked: dict[str, object], says: str
) -> None:
    document = Document(gimp, as_float(np.full((200, 300, 3), 120, np.uint8)))
    drawn = np.zeros((200, 300), np.uint8)
    if asked["what"] != "box":
        drawn[20:40, 20:60] = 200
    document.select(drawn if drawn.any() else None)
    state = document.play("state")
    answer = document.run("select", **asked)
    assert answer.status == "execution-error"
    assert says in answer.sentence
    assert (document.selection() == drawn).all()
    assert document.play("state") == state
    document.close()
