"""More canvas in the real Krita: nothing that was there moves, and undo takes it back."""

from __future__ import annotations

from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, U8, Easel, Laid
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import COLORS, HANG_S

LEFT, TOP, RIGHT, BOTTOM = 70, 30, 50, 0
SIDES = {"left": LEFT, "top": TOP, "right": RIGHT, "bottom": BOTTOM}
OVERLAP = 32


def photograph() -> NDArray[np.uint8]:
    return skimage.data.coffee()[:300, :400]


KNOWN = np.s_[TOP : TOP + 300, LEFT : LEFT + 400]


def extended(studio: Studio, easel: Easel, prompt: str = "", **sides: int) -> dict[str, Any]:
    studio.play("dialogs.open_", name="outpaint")
    studio.play("dialogs.choose_sides", prompt=prompt, **(sides or SIDES))
    said = studio.play("dialogs.extend")
    easel.measure()
    return said


def assert_covers_what_is_new(layer: Laid) -> None:
    new = np.ones(layer.mask.shape, bool)
    new[KNOWN] = False
    assert (layer.mask[new] == 255).all()
    inner = layer.mask[KNOWN][OVERLAP:, OVERLAP:-OVERLAP]
    assert not inner.any()
    # Over the known picture it fades: from the left border inwards ever less.
    fade = layer.mask[TOP + 150, LEFT : LEFT + OVERLAP].astype(int)
    assert (np.diff(fade) <= 0).all()
    assert fade[0] > 200 > fade[-1]


def test_the_canvas_grows_and_everything_stays_where_it_belongs(
    studio: Studio, easel: Easel
) -> None:
    easel.open(photograph())
    studio.play("paper.add_stack")
    selection = np.zeros(easel.shape, np.uint8)
    selection[100:140, 150:250] = 255
    easel.select(selection)
    studio.play("paper.set_guides", across=[50.0, 120.0], down=[200.0])
    before, tree = easel.pixels(), easel.layers()

    said = extended(studio, easel)

    assert said["message"] == (
        "Inserted. Two undos remove it: the layer, and the canvas that grew for it."
    )
    assert easel.shape == (300 + TOP + BOTTOM, 400 + LEFT + RIGHT)
    layer = easel.layer("Extend 1")
    assert easel.layers() == [*tree, ["Extend 1", [["Sfumato mask", []]]]]
    assert_covers_what_is_new(layer)
    untouched = layer.mask[KNOWN] == 0
    assert untouched.mean() > 0.7
    assert np.array_equal(easel.pixels()[KNOWN][untouched], before[untouched])
    moved = easel.selection()
    assert moved is not None
    assert np.array_equal(moved[KNOWN], selection)
    assert studio.play("paper.guides") == [[50.0 + TOP, 120.0 + TOP], [200.0 + LEFT]]

    studio.play("paper.undo")
    studio.play("paper.undo")
    studio.play("paper.guides_come_to", across=[50.0, 120.0], down=[200.0])
    assert easel.measure() == (300, 400)
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)
    assert np.array_equal(easel.selection(), selection)
    studio.play("paper.redo")
    studio.play("paper.guides_come_to", across=[50.0 + TOP, 120.0 + TOP], down=[200.0 + LEFT])


def test_the_picture_goes_on_over_its_border(studio: Studio, easel: Easel) -> None:
    brick = np.repeat(skimage.data.brick()[:220, :200, None], 3, axis=2)
    easel.open(brick)

    extended(studio, easel, right=60, left=0, top=0, bottom=0)

    shown = easel.pixels()[..., 0].astype(float)
    steps = np.abs(np.diff(shown, axis=1)).mean(axis=0)
    assert steps[199] < 1.5 * np.median(steps)
    assert shown[:, 210:].std() > 0.3 * brick.std()


def test_deep_pictures_grow_too(studio: Studio, easel: Easel) -> None:
    easel.open(photograph(), ("RGBA", "U16", SRGB))
    before = easel.pixels()
    extended(studio, easel)
    layer = easel.layer("Extend 1")
    assert_covers_what_is_new(layer)
    untouched = layer.mask[KNOWN] == 0
    assert np.array_equal(easel.pixels()[KNOWN][untouched], before[untouched])


def test_with_a_prompt_a_model_paints_what_is_new(studio: Studio, easel: Easel) -> None:
    easel.open(photograph(), U8)
    with studio.scripted() as daemon:
        extended(studio, easel, prompt="a beach")
    [edit] = daemon.edits
    asked, grown = edit.header.parameters, edit.header.outpaint
    assert (asked.prompt, asked.preset, asked.model) == ("a beach", "extend", "paper")
    assert (grown.left, grown.top, grown.right, grown.bottom) == (LEFT, TOP, RIGHT, BOTTOM)
    layer = easel.layer("Extend: a beach")
    assert (layer.color[:TOP, :, 2::-1] == COLORS[0]).all()


def test_several_variations_share_the_canvas_that_grew(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    tree = easel.layers()
    with studio.scripted():
        studio.play("artist.settings", variations=2)
        extended(studio, easel, prompt="a beach")
        assert easel.shape == (300, 400)
        studio.play("artist.hover", index=1)
        for index in (1, 0):
            assert studio.play("artist.pick", index=index)["message"].startswith("Inserted")
        studio.play("artist.settings", variations=1)
    assert easel.measure() == (300 + TOP, 400 + LEFT + RIGHT)
    assert len(easel.layers()) == len(tree) + 2
    for _ in range(3):
        studio.play("paper.undo")
    assert easel.measure() == (300, 400)
    assert easel.layers() == tree


def test_an_aspect_fills_in_the_sides(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    studio.play("dialogs.open_", name="outpaint")
    for anchor, sides in (
        ("Center", {"left": 100, "top": 0, "right": 100, "bottom": 0}),
        ("Left", {"left": 0, "top": 0, "right": 200, "bottom": 0}),
    ):
        shown = studio.play("dialogs.choose_sides", aspect="2:1", anchor=anchor)
        assert shown == sides
    assert studio.play("dialogs.says", name="outpaint") == [
        "From 400x300 to 600x300 pixels.",
        True,
    ]
    studio.play("dialogs.choose_sides", aspect="4:3")
    said, ready = studio.play("dialogs.says", name="outpaint")
    assert "has the aspect 4:3 already" in said
    assert not ready
    studio.play("dialogs.close", name="outpaint")


def test_a_canvas_that_was_changed_meanwhile_does_not_grow_by_itself(
    studio: Studio, easel: Easel
) -> None:
    easel.open(photograph())
    with studio.scripted() as daemon:
        daemon.hold()
        studio.play("dialogs.open_", name="outpaint")
        studio.play("dialogs.choose_sides", prompt="a beach", **SIDES)
        studio.play("dialogs.press_extend")
        assert daemon.at_work.wait(HANG_S)
        studio.play("canvas.rotate", degrees="CW90")
        daemon.release()
        said = studio.play("artist.ended")
    assert said["message"].startswith("The canvas was changed meanwhile")
    assert easel.measure() == (400, 300)
