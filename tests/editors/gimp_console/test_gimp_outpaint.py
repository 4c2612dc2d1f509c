"""More canvas in the real GIMP: nothing that was there moves or changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document, MadeLayer, as_float, on_canvas
from tests.editors.scripted_daemon import COLORS, TOKEN, ScriptedDaemon

LEFT, TOP, RIGHT, BOTTOM = 70, 30, 50, 0
SIDES = {"left": LEFT, "top": TOP, "right": RIGHT, "bottom": BOTTOM}
WIDTH, HEIGHT = 400, 300
SHAPE = (HEIGHT + TOP + BOTTOM, WIDTH + LEFT + RIGHT)
KNOWN = np.s_[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
OVERLAP = 32


def photograph() -> NDArray[np.uint8]:
    return skimage.data.coffee()[:HEIGHT, :WIDTH]


@pytest.fixture
def document(gimp: Gimp) -> Iterator[Document]:
    document = Document(gimp, as_float(photograph()))
    yield document
    document.close()


def assert_covers_what_is_new(layer: MadeLayer) -> NDArray[np.uint8]:
    mask = on_canvas(layer, SHAPE)
    new = np.ones(SHAPE, bool)
    new[KNOWN] = False
    assert (mask[new] == 255).all()
    assert not mask[KNOWN][OVERLAP:, OVERLAP:-OVERLAP].any()
    # Over the known picture it fades: from the left border inwards ever less.
    fade = mask[TOP + 150, LEFT : LEFT + OVERLAP].astype(int)
    assert (np.diff(fade) <= 0).all()
    assert fade[0] > 200 > fade[-1]
    return mask


def test_the_canvas_grows_and_everything_stays_where_it_belongs(document: Document) -> None:
    lines = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    lines[100:104, 50:350] = (0, 0, 0, 1)
    document.add_layer("lines", lines)
    document.play("guide", across=[50, 120], down=[200])
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[100:140, 150:250] = 255
    document.select(selection)
    before, state = document.seen("R'G'B' u8", "u1"), document.play("state")

    answer = document.run("outpaint", seed=1, **SIDES)

    assert (answer.status, answer.sentence, answer.layer) == ("success", "", "Extend 1")
    layer = document.made("Extend 1")
    assert document.play("geometry") == {
        "size": [SHAPE[1], SHAPE[0]],
        "layers": {
            "Extend 1": list(layer.bounds),
            "lines": [LEFT, TOP, WIDTH, HEIGHT],
            "paper": [LEFT, TOP, WIDTH, HEIGHT],
        },
        "guides": [[False, 200 + LEFT], [True, 50 + TOP], [True, 120 + TOP]],
    }
    now = {**state, "dirty": True, "stack": ["Extend 1", "lines", "paper"]}
    assert document.play("state") == now
    document.height, document.width = SHAPE
    untouched = assert_covers_what_is_new(layer)[KNOWN] == 0
    assert untouched.mean() > 0.7
    after = document.seen("R'G'B' u8", "u1")[KNOWN]
    assert after[untouched].tobytes() == before[untouched].tobytes()
    moved = document.selection()
    assert (moved[KNOWN] == selection).all()
    assert moved.sum() == selection.sum(dtype=int)
    assert layer.record["parameters"]["preset"] == "extend"


def test_the_picture_goes_on_over_its_border(gimp: Gimp) -> None:
    brick = np.repeat(skimage.data.brick()[:220, :200, None], 3, axis=2)
    document = Document(gimp, as_float(brick))
    assert document.run("outpaint", right=60, seed=1).status == "success"
    document.width += 60
    shown = document.seen("R'G'B' u8", "u1")[..., 0].astype(float)
    steps = np.abs(np.diff(shown, axis=1)).mean(axis=0)
    assert steps[199] < 1.5 * np.median(steps)
    assert shown[:, 210:].std() > 0.3 * brick.std()
    document.close()


@pytest.mark.parametrize(
    ("base", "precision", "form", "dtype"),
    [
        ("RGB", "U16_NON_LINEAR", "R'G'B' u16", "<u2"),
        ("RGB", "FLOAT_LINEAR", "RGB float", "<f4"),
        ("GRAY", "U8_NON_LINEAR", "Y' u8", "u1"),
    ],
)
def test_pictures_of_every_depth_grow(
    gimp: Gimp, base: str, precision: str, form: str, dtype: str
) -> None:
    document = Document(gimp, as_float(photograph()), base=base, precision=precision)
    before = document.seen(form, dtype)
    answer = document.run("outpaint", seed=1, **SIDES)
    assert answer.status == "success"
    mask = assert_covers_what_is_new(document.made(answer.layer))
    document.height, document.width = SHAPE
    after = document.seen(form, dtype)[KNOWN]
    untouched = mask[KNOWN] == 0
    assert after[untouched].tobytes() == before[untouched].tobytes()
    document.close()


def test_an_aspect_says_how_much_on_which_side(document: Document) -> None:
    assert document.run("outpaint", aspect="2:1", anchor="left", seed=1).status == "success"
    geometry = document.play("geometry")
    assert geometry["size"] == [600, 300]
    assert geometry["layers"]["paper"] == [0, 0, WIDTH, HEIGHT]


def test_with_a_prompt_a_model_paints_what_is_new(gimp: Gimp, document: Document) -> None:
    with ScriptedDaemon() as daemon, connected(gimp, daemon.address, TOKEN):
        answer = document.run("outpaint", prompt="a beach", variations=2, **SIDES)
    # GIMP numbers layers of one name.
    assert answer.layer.startswith("Extend: a beach")
    [edit] = daemon.edits
    asked, grown = edit.header.parameters, edit.header.outpaint
    assert (asked.prompt, asked.preset) == ("a beach", "extend")
    assert (grown.left, grown.top, grown.right, grown.bottom) == (LEFT, TOP, RIGHT, BOTTOM)
    # Two results share the canvas that grew.
    assert document.play("geometry")["size"] == [SHAPE[1], SHAPE[0]]
    assert len(document.play("stack")) == 3
    color = np.frombuffer(document.made(answer.layer).color, np.uint8).reshape(*SHAPE, 3)
    assert (color[:TOP] == COLORS[0]).all()


def test_an_extension_is_repeated_without_growing_again(document: Document) -> None:
    first = document.made(document.run("outpaint", seed=3, **SIDES).layer)
    again = document.run("repeat", seed=3)
    assert (again.status, again.layer) == ("success", "Extend 2")
    made = document.made("Extend 2")
    assert (made.bounds, made.color) == (first.bounds, first.color)
    assert made.mask.tobytes() == first.mask.tobytes()
    assert document.play("geometry")["size"] == [SHAPE[1], SHAPE[0]]


def test_an_extension_that_was_undone_grows_again_when_repeated(document: Document) -> None:
    first = document.made(document.run("outpaint", seed=3, **SIDES).layer)
    document.play("shrink", name="Extend 1", x=LEFT, y=TOP, width=WIDTH, height=HEIGHT)
    made = document.made(document.run("repeat", seed=3).layer)
    assert document.play("geometry")["size"] == [SHAPE[1], SHAPE[0]]
    assert (made.bounds, made.color) == (first.bounds, first.color)


def test_an_extension_of_a_canvas_that_has_changed_since_is_not_repeated(
    document: Document,
) -> None:
    document.run("outpaint", seed=3, **SIDES)
    document.play("change", what="resize")
    state = document.play("state")
    answer = document.run("repeat")
    assert answer.status == "execution-error"
    assert "extend the canvas anew" in answer.sentence
    assert document.play("state") == state


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "at least one pixel"),
        ({"aspect": "wide"}, '"wide" is no aspect'),
        ({"aspect": "4:3"}, "has the aspect 4:3 already"),
        ({"left": 60, "prompt": "a beach"}, "model"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_no_trace(
    document: Document, asked: dict[str, object], says: str
) -> None:
    state, geometry = document.play("state"), document.play("geometry")
    answer = document.run("outpaint", **asked)
    assert answer.status == "execution-error"
    assert says in answer.sentence
    assert (document.play("state"), document.play("geometry")) == (state, geometry)
