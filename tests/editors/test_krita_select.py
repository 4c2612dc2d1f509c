"""Selections made by the daemon, in the real Krita."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_studio import Studio

Plane = NDArray[np.uint8]
SELECTED = "Selected. One undo brings back what was selected before."
# Where the face of the astronaut is, by eye.
FACE = np.s_[70:200, 160:280]


def coffee_cup(shape: tuple[int, int]) -> Plane:
    """A rough box around the cup and its saucer."""
    box = np.zeros(shape, np.uint8)
    box[30:390, 60:560] = 255
    return box


@pytest.mark.parametrize("space", [U8, ("RGBA", "U16", SRGB)], ids=["8 bit", "16 bit"])
def test_a_face_becomes_the_selection(
    studio: Studio, easel: Easel, space: tuple[str, str, str]
) -> None:
    easel.open(skimage.data.astronaut(), space)
    before, tree = easel.pixels(), easel.layers()

    said = studio.play("dialogs.select", what="face")

    assert said["message"] == SELECTED
    found = easel.selection()
    assert found is not None
    inside = np.zeros(found.shape, bool)
    inside[FACE] = True
    assert found[inside].mean() > 128
    assert found[~inside].mean() < 16
    assert np.array_equal(easel.pixels(), before)
    assert easel.layers() == tree


def test_what_the_selections_box_holds_becomes_the_selection(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    box = coffee_cup(easel.shape)
    easel.select(box)

    said = studio.play("dialogs.select", what="box")

    assert said["message"] == SELECTED
    found = easel.selection()
    assert found is not None
    assert found[box == 0].mean() < 1
    assert found[200, 300] == 255, "the coffee itself"
    assert 0.2 < (found > 127).sum() / (box > 0).sum() < 0.95
    studio.play("paper.undo")
    assert np.array_equal(easel.selection(), box)


def test_everything_else_can_be_selected_instead(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.astronaut())
    studio.play("dialogs.select", what="face")
    face = easel.selection()
    studio.play("dialogs.select", what="face", invert=True)
    other = easel.selection()
    assert face is not None and other is not None
    assert np.array_equal(other, 255 - face)


def test_a_wider_answer_holds_the_answer(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.astronaut())
    studio.play("dialogs.select", what="face")
    face = easel.selection()
    studio.play("dialogs.select", what="face", grow=12)
    wide = easel.selection()
    assert face is not None and wide is not None
    assert (wide >= face).all()
    assert (wide > 127).sum() > 1.1 * (face > 127).sum()


def test_a_box_needs_a_selection(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    said = studio.play("dialogs.select", what="box")
    assert said["message"].startswith("Nothing is selected.")


def test_words_need_a_model(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    said = studio.play("dialogs.select", what="text", text="a cup")
    assert "needs a model" in said["message"]


def test_nothing_found_leaves_the_selection_as_it_is(studio: Studio, easel: Easel) -> None:
    easel.open(np.full((200, 300, 3), 120, np.uint8))
    drawn = np.zeros(easel.shape, np.uint8)
    drawn[20:40, 20:60] = 200
    easel.select(drawn)
    said = studio.play("dialogs.select", what="face")
    assert said["message"].startswith("Nothing was found.")
    assert np.array_equal(easel.selection(), drawn)
