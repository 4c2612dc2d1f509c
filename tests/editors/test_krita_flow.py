"""The life of an edit in the real Krita: waiting, choosing, cancelling, repeating."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.editors.krita_easel import SRGB, Easel
from tests.editors.krita_edits import begin, box, finish, generate, photograph, prepared
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import COLORS, HANG_S, ScriptedDaemon


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


def test_a_long_prompt_is_cut_in_the_layer_s_name_and_whole_in_the_document(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prompt = "a weathered brass ship's lantern with a small yellow candle."
    assert len(prompt) == 60
    prepared(studio, easel, prompt=prompt)
    tree = easel.layers()

    generate(studio)
    generate(studio)

    names = [name for name, _ in easel.layers()[len(tree) :]]
    assert names == ["Replace: a weathered brass…", "Replace: a weathered brass… 2"]
    assert max(map(len, names)) <= 32
    written = studio.play("paper.annotations")
    records = [json.loads(text) for key, text in written.items() if key.startswith("sfumato/edit")]
    assert [record["parameters"]["prompt"] for record in records] == [prompt, prompt]
    assert [edit.header.parameters.prompt for edit in daemon.edits] == [prompt, prompt]


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
    saved = studio.share / "meanwhile.png"
    assert studio.play("paper.export", path=str(saved))
    with Image.open(saved) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), photograph())
    finish(studio, daemon)
    assert not studio.play("artist.state")["overlay"]


def test_a_preview_lies_over_its_window_and_over_nothing_else(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    begin(studio, daemon)
    window = daemon.edits[0].header.regions.regions[0].window
    bounds = [window.x, window.y, window.width, window.height]

    for turned, zoom in ((0, 1.0), (30, 0.5), (0, 1.0)):
        seen = studio.play("looks.preview_follows", bounds=bounds, turned=turned, zoom=zoom)
        width, height, canvas_width, canvas_height = seen
        assert 0 < width * height < canvas_width * canvas_height / 2

    finish(studio, daemon)


def test_previews_can_be_kept_off_the_canvas(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    studio.play("artist.settings", on_canvas=False)
    daemon.hold()
    studio.play("artist.trigger", action="sfumato_generate")

    said = studio.play("artist.until_small_preview")

    assert not said["overlay"]
    finish(studio, daemon)


def test_earlier_prompts_come_back_and_a_key_sends_them(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    for prompt in ("a red jacket", "a blue jacket,\nwith a hood"):
        prepared(studio, easel, prompt)
        generate(studio)
        easel.close()
    prepared(studio, easel, "")
    tree = easel.layers()
    assert studio.play("artist.earlier_prompts")[:2] == [
        "a blue jacket, with a hood",
        "a red jacket",
    ]

    studio.play("artist.take_earlier_prompt", index=0)
    said = studio.play("artist.press_ctrl_return")

    assert said["message"].startswith("Inserted")
    assert daemon.edits[-1].header.parameters.prompt == "a blue jacket,\nwith a hood"
    assert len(easel.layers()) == len(tree) + 1


def test_cancelling_stops_the_engine_and_leaves_nothing(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    prepared(studio, easel)
    tree, before = easel.layers(), easel.pixels()
    begin(studio, daemon)

    studio.play("artist.trigger", action="sfumato_cancel")

    said = studio.play("artist.ended")
    assert said["message"] == "Cancelled."
    assert daemon.edits[0].cancel_asked.wait(HANG_S)
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

    studio.play("artist.change_strength", percent=60)
    studio.play("artist.edit", action="sfumato_repeat")

    first, second = daemon.edits
    assert second.header.parameters.strength == pytest.approx(0.6)
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


def test_srgb_is_sent_as_it_is(studio: Studio, easel: Easel, daemon: ScriptedDaemon) -> None:
    easel.open(photograph(), ("RGBA", "U16", SRGB))
    easel.select(box(120, 200, 80, 120))
    studio.remove()
    [edit] = daemon.edits
    window = edit.header.regions.regions[0].window
    sent = np.frombuffer(edit.planes[0], "<u2").reshape(window.height, window.width, 3)
    part = photograph()[window.y : window.y + window.height, window.x : window.x + window.width]
    assert np.array_equal(sent, part.astype("<u2") * 257)
