"""What is looked at of a picture in layers, and where the result goes."""

from __future__ import annotations

import numpy as np

from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_subjects import HARD, HEIGHT, WIDTH
from tests.editors.reference import photograph


def test_the_result_lies_directly_above_what_was_looked_at(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    shape = (HEIGHT, WIDTH, 4)
    tint = np.full(shape, (0.9, 0.6, 0.3, 0.5), np.float32)
    lines = np.zeros(shape, np.float32)
    lines[140:144, 150:280] = (0, 0, 0, 1)
    document.add_layer("tint", tint, opacity=60.0)
    document.add_layer("shadow", tint, mode="MULTIPLY")
    document.add_layer("lines", lines)
    document.play("add_filter", name="shadow", operation="gegl:invert-gamma")
    document.select(HARD)
    seen = document.seen("R'G'B'A u8", "u1")
    for name in ("shadow", "lines"):
        document.play("show", name=name, visible=False)
    below = document.seen("R'G'B' u8", "u1")
    for name in ("shadow", "lines"):
        document.play("show", name=name, visible=True)

    answer = document.run("remove", chosen="tint", source="below", seed=1)

    assert answer.status == "success"
    assert document.play("stack") == ["lines", "shadow", "Remove 1", "tint", "paper"]
    layer = document.made(answer.layer)
    mask = on_canvas(layer, shape)
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == seen[mask == 0].tobytes()
    # The lines stay in front, and are not part of what was painted behind them.
    assert (after[140:144, 150:280, :3] == 0).all()
    window = np.s_[layer.bounds.y : layer.bounds.bottom, layer.bounds.x : layer.bounds.right]
    color = np.frombuffer(layer.color, np.uint8).reshape(*layer.mask.shape, 3)
    untouched = layer.mask == 0
    assert (color[untouched] == below[window][untouched]).all()
    document.close()


def test_a_group_is_looked_at_alone_and_gets_its_result_above_it(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    document.play("add_group", name="figure")
    alone = np.dstack([np.full((HEIGHT, WIDTH, 3), 0.2), np.ones((HEIGHT, WIDTH))])
    document.add_layer("body", alone.astype(np.float32), group="figure")
    document.select(HARD)
    answer = document.run("remove", chosen="body", source="group", seed=1)
    assert document.play("stack") == ["Remove 1", ["figure", ["body"]], "paper"]
    color = np.frombuffer(document.made(answer.layer).color, np.uint8)
    assert (np.abs(color.astype(int) - 51) <= 1).all()
    document.close()


def test_all_that_is_visible_gets_its_result_on_top(document: Document) -> None:
    document.play("add_group", name="group")
    document.add_layer("inside", np.zeros((HEIGHT, WIDTH, 4), np.float32), group="group")
    answer = document.run("remove", chosen="inside")
    assert answer.status == "success"
    assert document.play("stack") == ["Remove 1", ["group", ["inside"]], "paper"]
