"""The life of an edit in the real Krita: waiting, choosing, cancelling, and things going wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, Easel
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import COLORS, ScriptedDaemon

Plane = NDArray[np.uint8]


@pytest.fixture
def daemon(studio: Studio, easel: Easel) -> Iterator[ScriptedDaemon]:
    """A daemon with a model, whose steps the test holds."""
    with studio.scripted() as daemon:
        yield daemon


def photograph() -> NDArray[np.uint8]:
    return skimage.data.coffee()


def box(top: int, left: int, height: int, width: int) -> Plane:
    plane = np.zeros(photograph().shape[:2], np.uint8)
    plane[top : top + height, left : left + width] = 255
    return plane


def prepared(studio: Studio, easel: Easel, prompt: str = "a red jacket") -> Plane:
    easel.open(photograph())
    selection = box(120, 200, 80, 120)
    easel.select(selection)
    studio.play("artist.write_prompt", text=prompt)
    return selection


def generate(studio: Studio) -> dict:
    return studio.play("artist.edit", action="sfumato_generate")


def begin(studio: Studio, daemon: ScriptedDaemon, action: str = "sfumato_generate") -> None:
    """Start an edit that the daemon holds at its first step."""
    daemon.hold()
    studio.play("artist.trigger", action=action)
    assert daemon.at_work.wait(60)
    studio.play("artist.until_preview")


def finish(studio: Studio, daemon: ScriptedDaemon) -> dict:
    daemon.release()
    return studio.play("artist.ended")


def test_generating_makes_a_layer_named_after_the_prompt(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)

    said = generate(studio)

    assert said["message"] == "Inserted. One undo removes it."
    layer = easel.layer("Replace: a red jacket")
    assert tuple(layer.color[160, 260, 2::-1]) == COLORS[0]
    [edit] = daemon.edits
    assert edit.header.parameters.prompt == "a red jacket"
    written = studio.play("paper.annotations")
    [record] = [json.loads(text) for key, text in written.items() if key.startswith("sfumato/edit")]
    assert (record["seed"], record["parameters"]["prompt"]) == (7, "a red jacket")


def test_nothing_enters_the_document_before_the_result_does(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree, undo, before = easel.layers(), studio.play("paper.undo_name"), easel.pixels()

    begin(studio, daemon)

    said = studio.play("artist.state")
    assert said["message"] == "Denoising, about 12 s left"
    assert said["cancel"] and not said["generate"] and not said["remove"]
    assert (easel.layers(), studio.play("paper.undo_name")) == (tree, undo)
    assert np.array_equal(easel.pixels(), before)
    assert not studio.play("paper.annotations")
    finish(studio, daemon)
    assert not studio.play("artist.state")["overlay"]


def test_cancelling_stops_the_engine_and_leaves_nothing(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree, before = easel.layers(), easel.pixels()
    begin(studio, daemon)

    studio.play("artist.trigger", action="sfumato_cancel")

    said = studio.play("artist.ended")
    assert said["message"] == "Cancelled."
    assert daemon.edits[0].cancel_asked.wait(20)
    assert daemon.edits[0].variations == 0
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)


def test_any_variation_can_be_compared_and_inserted(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    studio.play("artist.settings", variations=3)

    said = generate(studio)

    assert said["variations"] == 3
    assert easel.layers() == tree
    studio.play("artist.hover", index=1)
    assert easel.layers() == tree
    for index in (2, 0):
        assert studio.play("artist.pick", index=index)["message"].startswith("Inserted")
    assert len(easel.layers()) == len(tree) + 2
    names = [name for name, _ in easel.layers()[len(tree) :]]
    centres = [tuple(easel.layer(name).color[160, 260, 2::-1]) for name in names]
    assert sorted(centres) == sorted([COLORS[0], COLORS[2]])
    studio.play("paper.undo")
    studio.play("paper.undo")
    assert easel.layers() == tree


def test_a_repeat_starts_from_the_first_input_and_uploads_nothing(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    generate(studio)

    studio.play("artist.edit", action="sfumato_repeat")

    first, second = daemon.edits
    assert second.header.stored_input.job_id == "1"
    assert first.header.WhichOneof("source") == "regions"
    assert len(easel.layers()) == 3


def test_a_second_try_does_not_see_the_first_ones_result(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    generate(studio)
    generate(studio)
    studio.play("artist.edit", action="sfumato_generate_on_top")

    first, second, on_top = (edit.planes[0] for edit in daemon.edits)
    assert second == first
    assert on_top != first


def test_a_result_waits_if_the_canvas_was_turned_meanwhile(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    begin(studio, daemon)
    studio.play("paper.rotate", degrees="180")

    said = finish(studio, daemon)

    assert said["message"].startswith("The canvas was changed meanwhile")
    assert said["anyway"]
    assert easel.layers() == tree
    studio.play("artist.press", name="sfumato_anyway_button")
    studio.play("artist.inserted")
    assert len(easel.layers()) == len(tree) + 1


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
    x, y = studio.play("artist.canvas_middle")
    studio.desktop.run(["xdotool", "mousemove", str(x), str(y), "mousedown", "1"])
    studio.desktop.run(["xdotool", "mousemove", str(x + 30), str(y + 10)])

    try:
        daemon.release()
        studio.play("artist.waiting_for_the_hand")
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

    assert daemon.edits[0].cancel_asked.wait(20)
    daemon.release()
    prepared(studio, easel)
    assert generate(studio)["message"].startswith("Inserted")


def test_a_thin_long_selection_becomes_one_layer(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    easel.open(np.tile(photograph(), (2, 4, 1)))
    wire = np.zeros(easel.shape, np.uint8)
    for x in range(40, easel.shape[1] - 40):
        wire[x * 700 // easel.shape[1] + 20 : x * 700 // easel.shape[1] + 28, x] = 255
    easel.select(wire)
    before = easel.pixels()

    assert studio.remove()["message"].startswith("Inserted")

    layer = easel.layer("Remove 1")
    assert len(daemon.edits[0].header.regions.regions) > 1
    assert (layer.mask[wire == 255] == 255).all()
    assert np.array_equal(easel.pixels()[layer.mask == 0], before[layer.mask == 0])
    assert (layer.color[layer.mask > 0][:, 2::-1] == COLORS[0]).all()


def test_the_mask_can_be_selected_again(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    generate(studio)
    mask = easel.layer("Replace: a red jacket").mask
    easel.select(box(10, 10, 20, 20))

    studio.play("artist.trigger", action="sfumato_reselect")

    assert np.array_equal(easel.selection(), mask)


def test_settings_are_remembered_in_the_document(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel, "a bowl of lemons")
    studio.play("artist.settings", feather=21, variations=1)
    generate(studio)

    studio.play("paper.save_and_reopen", path=str(studio.share / "kept.kra"))

    assert studio.play("artist.state")["prompt"] == "a bowl of lemons"
    assert studio.play("artist.shown_setting", name="feather") == 21


def test_without_a_selection_the_docker_says_so(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    said = studio.remove()
    assert said["message"] == "Nothing is selected. Select what should change and try again."


def test_a_cmyk_picture_is_refused_with_what_to_do(studio: Studio, easel: Easel) -> None:
    studio.play("paper.open_plain", model="CMYKA", depth="U8")
    studio.play("paper.select_all")
    said = studio.remove()
    assert "this one is CMYK" in said["message"]
    assert "Convert Image Color Space" in said["message"]


def test_a_locked_group_is_refused(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.add_stack")
    studio.play("paper.lock", name="shadows")
    studio.play("artist.settings", source="below")
    said = studio.remove()
    assert 'The group "shadows" is locked' in said["message"]


def test_generate_needs_a_model_and_remove_does_not(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    with studio.scripted(generates=False):
        said = studio.play("artist.state")
    assert (said["generate"], said["remove"]) == (False, True)
    assert "needs a model" in said["lacks"]


def test_a_wrong_token_is_said(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    assert studio.daemon is not None
    studio.play("artist.use_daemon_in_vain", address=studio.daemon.address, token="wrong")
    said = studio.play("artist.connection")
    studio.play("artist.use_daemon", address="", token="")
    assert "token" in said["sentence"]


def test_values_above_one_are_named(studio: Studio, easel: Easel, daemon: ScriptedDaemon) -> None:
    easel.open(photograph(), ("RGBA", "F32", "sRGB-elle-V2-g10.icc"))
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.brighten")
    assert "Values above 1.0 were clipped" in studio.remove()["notices"]


def test_colours_outside_srgb_are_named(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    easel.open(photograph(), ("RGBA", "U16", "Rec2020-elle-V4-g10.icc"))
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.brighten")
    assert "outside sRGB" in studio.remove()["notices"]


def test_srgb_is_sent_as_it_is(studio: Studio, easel: Easel, daemon: ScriptedDaemon) -> None:
    easel.open(photograph(), ("RGBA", "U16", SRGB))
    easel.select(box(120, 200, 80, 120))
    studio.remove()
    [edit] = daemon.edits
    window = edit.header.regions.regions[0].window
    sent = np.frombuffer(edit.planes[0], "<u2").reshape(window.height, window.width, 3)
    part = photograph()[window.y : window.y + window.height, window.x : window.x + window.width]
    assert np.array_equal(sent, part.astype("<u2") * 257)
