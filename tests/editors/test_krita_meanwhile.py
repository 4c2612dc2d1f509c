"""What the artist does while an edit is at work: nothing of it is interrupted or overrun."""

from __future__ import annotations

import numpy as np
import pytest

from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import begin, box, finish, generate, photograph, prepared
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import HANG_S, ScriptedDaemon


@pytest.mark.parametrize("how", ["crop", "scale", "turn", "mirror", "convert"])
def test_a_result_waits_if_the_canvas_was_changed_meanwhile(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon, how: str
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    begin(studio, daemon)
    easel.change(how)
    changed = easel.pixels()

    said = finish(studio, daemon)

    assert said["message"].startswith("The canvas was changed meanwhile")
    assert said["anyway"]
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), changed)
    studio.play("artist.press", name="sfumato_anyway_button")
    studio.play("artist.inserted")
    [[name, masks]] = easel.layers()[len(tree) :]
    assert masks == [["Sfumato mask", []]]
    layer = easel.layer(name)
    assert np.array_equal(easel.pixels()[layer.mask == 0], changed[layer.mask == 0])
    studio.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), changed)


def test_a_result_lands_where_it_was_asked_for_if_the_selection_moved(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    selection = prepared(studio, easel)
    begin(studio, daemon)
    moved = box(300, 20, 40, 40)
    easel.select(moved)

    finish(studio, daemon)

    layer = easel.layer("Replace: a red jacket")
    assert (layer.mask[selection == 255] == 255).all()
    assert not layer.mask[moved == 255].any()
    assert np.array_equal(easel.selection(), moved)


def test_a_result_lands_in_its_own_picture_though_another_is_in_front(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    begin(studio, daemon)
    easel.open(photograph())
    before = easel.pixels()
    assert not studio.play("artist.state")["overlay"], "its preview is for the other picture"

    daemon.release()

    assert studio.play("artist.all_ended") == ["Inserted. One undo removes it.", ""]
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)
    easel.close()
    assert [name for name, _ in easel.layers()[len(tree) :]] == ["Replace: a red jacket"]


def test_a_result_waits_if_the_layer_it_belongs_above_is_gone(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    studio.play("paper.add_stack")
    studio.play("artist.settings", source="below")
    begin(studio, daemon)
    studio.play("paper.delete", name="shadow")

    said = finish(studio, daemon)

    assert said["message"] == "The layer that the result belongs above is gone."
    assert said["anyway"]


def test_a_stroke_is_finished_before_the_layer_comes(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    begin(studio, daemon)
    x, y = studio.play("hand.canvas_middle")
    studio.desktop.run(["xdotool", "mousemove", str(x), str(y), "mousedown", "1"])
    studio.desktop.run(["xdotool", "mousemove", str(x + 30), str(y + 10)])

    try:
        daemon.release()
        studio.play("hand.waiting_for_the_hand")
        assert easel.layers() == tree
    finally:  # Whatever comes, no later edit shall wait for this hand.
        studio.desktop.run(["xdotool", "mouseup", "1"])

    assert studio.play("artist.ended")["message"].startswith("Inserted")
    assert len(easel.layers()) == len(tree) + 1
    studio.play("paper.undo")
    assert easel.layers() == tree


def test_closing_the_document_ends_its_edit(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    begin(studio, daemon)

    easel.close()

    assert daemon.edits[0].cancel_asked.wait(HANG_S)
    daemon.release()
    prepared(studio, easel)
    assert generate(studio)["message"].startswith("Inserted")


def test_a_transformation_is_finished_before_the_layer_comes(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    begin(studio, daemon)
    studio.play("hand.take_tool", name="KisToolTransform")

    said = finish(studio, daemon)

    assert said["message"] == "The result is here. Finish with the tool, then insert it."
    assert said["anyway"]
    assert easel.layers() == tree
    assert studio.play("hand.has_tool", name="KisToolTransform")
    studio.play("hand.take_tool", name="KritaShape/KisToolBrush")
    studio.play("artist.press", name="sfumato_anyway_button")
    studio.play("artist.inserted")
    assert len(easel.layers()) == len(tree) + 1


def test_a_lasso_is_drawn_to_its_end(studio: Studio, easel: Easel, daemon: ScriptedDaemon) -> None:
    prepared(studio, easel)
    tree, before = easel.layers(), easel.selection()
    begin(studio, daemon)
    studio.play("hand.take_tool", name="KisToolSelectOutline")
    x, y = studio.play("hand.canvas_middle")
    studio.desktop.run(["xdotool", "mousemove", str(x), str(y), "mousedown", "1"])

    try:
        for right, down in ((60, 0), (60, 60), (0, 60)):
            studio.desktop.run(["xdotool", "mousemove", str(x + right), str(y + down)])
        daemon.release()
        studio.play("hand.waiting_for_the_hand")
        assert easel.layers() == tree
    finally:
        studio.desktop.run(["xdotool", "mouseup", "1"])

    assert studio.play("artist.ended")["message"].startswith("Inserted")
    drawn = easel.selection()
    assert drawn is not None
    assert not np.array_equal(drawn, before), "the lasso selected something"
    assert (drawn > 0).any()
    assert len(easel.layers()) == len(tree) + 1
    studio.play("hand.take_tool", name="KritaShape/KisToolBrush")
