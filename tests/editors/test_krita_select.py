"""Selections made by the daemon, in the real Krita."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_studio import Studio
from tests.support.subjects import overlap, subjects
from tests.support.tiny_selectors import tiny_birefnet, tiny_owl, tiny_sam2

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


def test_no_more_and_nothing_less_sure_is_selected_than_wanted(
    studio: Studio, easel: Easel
) -> None:
    astronaut = skimage.data.astronaut()
    easel.open(np.hstack([astronaut, astronaut]))

    studio.play("dialogs.select", what="face")
    both = easel.selection()
    studio.play("dialogs.select", what="face", count=1)
    one = easel.selection()
    said = studio.play("dialogs.select", what="face", sure=99)

    assert both is not None and one is not None
    halves = np.split(both > 127, 2, axis=1)
    assert all(half.sum() > 1000 for half in halves)
    assert np.count_nonzero(one > 127) == pytest.approx(halves[0].sum(), rel=0.1)
    assert said["message"].startswith("Nothing was found.")
    assert np.array_equal(easel.selection(), one)


def click(
    studio: Studio, spot: tuple[int, int], excluded: Sequence[bool] = (False,), held: str = ""
) -> dict[str, Any]:
    """Click where the canvas shows this pixel, with the real mouse and perhaps a key held.

    ``excluded`` tells of all clicks so far whether they are on what is not meant. Returns what the
    docker says once they are answered.
    """
    x, y = studio.play("dialogs.place_of", x=spot[0], y=spot[1])
    press = ["keydown", held, "click", "1", "keyup", held] if held else ["click", "1"]
    studio.desktop.run(["xdotool", "mousemove", str(x), str(y), *press])
    return studio.play("dialogs.picked", excluded=list(excluded))


@pytest.mark.parametrize(("turned", "zoom"), [(0, 0), (30, 1.5)], ids=["as it is", "turned"])
def test_what_is_clicked_at_becomes_the_selection(
    studio: Studio, easel: Easel, turned: int, zoom: float
) -> None:
    coin = subjects()["large coin"]
    easel.open(coin.picture)
    before = easel.pixels()

    asked = studio.play("dialogs.pick", turned=turned, zoom=zoom)
    assert asked["message"].startswith("Click on what should be selected")
    said = click(studio, (200, 187))

    # Something is there, too; the large coin is what was meant with the other click.
    assert said["message"] == SELECTED
    first = easel.selection()
    assert first is not None and first[187, 200] > 127
    studio.play("dialogs.leave_picking")
    studio.play("dialogs.pick")
    assert click(studio, (347, 187))["message"] == SELECTED
    found = easel.selection()
    assert found is not None
    assert overlap(found > 127, coin.area) > 0.9
    assert np.array_equal(easel.pixels(), before)
    studio.play("dialogs.leave_picking")


def test_what_is_pointed_at_is_selected_however_sure_faces_had_to_be(
    studio: Studio, easel: Easel
) -> None:
    coin = subjects()["large coin"]
    easel.open(coin.picture)
    box = np.zeros(easel.shape, np.uint8)
    rows, columns = np.nonzero(coin.area)
    box[rows.min() - 6 : rows.max() + 7, columns.min() - 6 : columns.max() + 7] = 255
    easel.select(box)
    assert studio.play("dialogs.narrowed") == {
        "point": [False, False],
        "box": [False, False],
        "face": [True, True],
        "subject": [False, False],  # Nobody can find it here.
        "text": [False, False],
    }

    faces = studio.play("dialogs.select", what="face", sure=99, count=1)
    in_the_box = studio.play("dialogs.select", what="box", sure=99, count=1)
    boxed = easel.selection()
    studio.play("dialogs.pick")
    clicked = click(studio, (347, 187))
    found = easel.selection()
    studio.play("dialogs.leave_picking")

    assert faces["message"].startswith("Nothing was found.")
    assert [in_the_box["message"], clicked["message"]] == [SELECTED, SELECTED]
    assert boxed is not None and found is not None
    assert overlap(boxed > 127, coin.area) > 0.8
    assert overlap(found > 127, coin.area) > 0.9


@pytest.mark.parametrize("key", ["ctrl", "alt"])
def test_clicks_add_and_take_away(studio: Studio, easel: Easel, key: str) -> None:
    """Three patches of one kind on a ground: two are meant, and then the second one is not."""
    picture = np.full((240, 420, 3), (60, 90, 200), np.uint8)
    left, middle, right = (np.s_[60:180, x : x + 100] for x in (30, 160, 290))
    picture[left] = picture[middle] = picture[right] = (230, 200, 40)
    easel.open(picture)
    before, tree = easel.pixels(), easel.layers()
    studio.play("dialogs.pick")

    click(studio, (80, 120))
    said = click(studio, (210, 120), [False, False])
    both = easel.selection()
    click(studio, (200, 100), [False, False, True], held=key)
    one = easel.selection()

    assert said["message"] == SELECTED
    assert both is not None and one is not None
    shares = [[(seen[part] > 127).mean() for part in (left, middle, right)] for seen in (both, one)]
    assert [[share > 0.9 for share in each] for each in shares] == [
        [True, True, False],
        [True, False, False],
    ], shares
    assert studio.play("dialogs.leave_picking")["phase"] == "ended"
    assert np.array_equal(easel.pixels(), before)
    assert easel.layers() == tree
    studio.play("paper.undo")
    assert np.array_equal(easel.selection(), both)


def test_a_click_can_be_left_out_and_paints_nothing(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    box = coffee_cup(easel.shape)
    easel.select(box)
    before, tree = easel.pixels(), easel.layers()
    studio.play("dialogs.pick")
    said = studio.play("dialogs.leave_picking")
    assert said["phase"] == "idle"
    assert np.array_equal(easel.selection(), box)
    assert np.array_equal(easel.pixels(), before)
    assert easel.layers() == tree


def test_words_and_the_main_subject_select_with_models(studio: Studio, easel: Easel) -> None:
    studio.stop_daemon()
    models = {"words": tiny_owl(), "clicks": tiny_sam2(), "subject": tiny_birefnet()}
    told = [part for name, path in models.items() for part in ("--model", f"{name}={path}")]
    studio.start_daemon(*told, "--device", "cpu")
    studio.play("connecting.connected")
    try:
        easel.open(skimage.data.coffee())
        before = easel.pixels()
        said = studio.play("dialogs.select", what="text", text="a cup, a spoon")
        # What an untrained model finds is chance, but that it was asked is not.
        assert said["message"] == SELECTED
        assert easel.selection().any()
        assert np.array_equal(easel.pixels(), before)
        said = studio.play("dialogs.select", what="text", text="x" * 40)
        assert "Use fewer words" in said["message"]
        said = studio.play("dialogs.select", what="subject", sure=0)
        assert said["message"] == SELECTED
        assert easel.selection().any()
    finally:
        studio.stop_daemon()


def test_a_box_needs_a_selection(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    said = studio.play("dialogs.select", what="box")
    assert said["message"].startswith("Nothing is selected.")


def test_words_need_a_model(studio: Studio, easel: Easel) -> None:
    easel.open(skimage.data.coffee())
    said = studio.play("dialogs.select", what="text", text="a cup")
    assert "needs a model" in said["message"]
    assert "sfumato models pull owlv2" in said["message"]
    assert said["cut"] == []


def test_nothing_found_leaves_the_selection_as_it_is(studio: Studio, easel: Easel) -> None:
    easel.open(np.full((200, 300, 3), 120, np.uint8))
    drawn = np.zeros(easel.shape, np.uint8)
    drawn[20:40, 20:60] = 200
    easel.select(drawn)
    said = studio.play("dialogs.select", what="face")
    assert said["message"].startswith("Nothing was found.")
    assert np.array_equal(easel.selection(), drawn)
