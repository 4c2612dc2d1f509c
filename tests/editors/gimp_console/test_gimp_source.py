"""What is looked at of a picture in layers, and where the result goes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from sfumato_client import Bounds
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_subjects import HARD, HEIGHT, SOFT, WIDTH
from tests.editors.reference import photograph
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon


class Kind(NamedTuple):
    """A kind of document, the pixels that are sent of it, and what their rounding may change."""

    name: str
    precision: str
    form: str = "R'G'B' u16"
    dtype: str = "<u2"
    profile: str = ""
    level: int = 1


KINDS = (
    Kind("8 bit", "U8_NON_LINEAR", "R'G'B' u8", "u1"),
    Kind("16 bit, wide gamut", "U16_NON_LINEAR", profile="adobe"),
    Kind("float", "FLOAT_LINEAR"),
)


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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_sent_is_what_is_seen(gimp: Gimp, kind: Kind) -> None:
    """With blend modes, opacity, masks, groups, and filters that look far around."""
    document = Document(
        gimp, as_float(photograph()), precision=kind.precision, profile=kind.profile
    )
    shape = (HEIGHT, WIDTH, 4)
    figure = np.zeros(shape, np.float32)
    figure[60:200, 80:260] = (0.2, 0.7, 0.1, 0.8)
    document.play("add_group", name="figure")
    document.add_layer("body", figure, group="figure")
    document.play("add_group", name="through", mode="PASS_THROUGH")
    document.add_layer("tint", np.full(shape, (0.9, 0.6, 0.3, 0.5), np.float32), group="through")
    document.add_layer("light", np.roll(figure, 60, 1), group="through", mode="OVERLAY")
    document.add_mask("tint", SOFT)
    document.play("add_filter", name="figure", operation="gegl:invert-gamma")
    document.add_layer("shadow", figure, mode="MULTIPLY", opacity=60.0)
    document.play(
        "add_filter", name="shadow", operation="gegl:gaussian-blur", std_dev_x=30.0, std_dev_y=30.0
    )
    for name in ("shadow", "tint"):
        document.play("fix", name=name)
    document.select(HARD)
    state = document.play("state")
    seen = document.seen(kind.form, kind.dtype)
    with ScriptedDaemon() as paper, connected(gimp, paper.address, TOKEN):
        answer = document.run("remove", context="margin", margin=40)
    assert answer.status == "success"
    assert document.play("state") == {**state, "dirty": True, "stack": document.play("stack")}
    [region] = paper.edits[0].header.regions.regions
    window = Bounds(region.window.x, region.window.y, region.window.width, region.window.height)
    assert window.area < WIDTH * HEIGHT
    inside = np.s_[window.y : window.bottom, window.x : window.right]
    sent = np.frombuffer(paper.edits[0].planes[region.picture], kind.dtype)
    sent = sent.reshape(window.height, window.width, 3)
    assert np.abs(sent.astype(int) - seen[inside]).max() <= kind.level
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
