"""How far an edit reaches: its softness, its windows and its layer."""

from __future__ import annotations

import numpy as np
import pytest

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_subjects import HARD, HEIGHT, WIDTH, expected_mask
from tests.editors.reference import photograph
from tests.editors.scripted_daemon import COLORS, TOKEN, ScriptedDaemon


def test_a_scattered_selection_becomes_one_layer_with_all_its_parts(gimp: Gimp) -> None:
    wide = np.tile(photograph(), (4, 4, 1))
    height, width = wide.shape[:2]
    document = Document(gimp, as_float(wide))
    selection = np.zeros((height, width), np.uint8)
    for y, x in ((30, 40), (900, 1500), (1100, 300)):
        selection[y : y + 12, x : x + 16] = 255
    document.select(selection)
    before = document.seen("R'G'B'A u8", "u1")
    answer = document.run("remove", seed=1)
    layer = document.made(answer.layer)
    mask = on_canvas(layer, before.shape)
    assert np.abs(mask.astype(int) - expected_mask(selection, layer)).max() <= 1
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    document.close()


@pytest.mark.parametrize("context", ["double", "whole"])
def test_how_much_is_looked_at_is_the_artists_to_say(
    gimp: Gimp, document: Document, context: str
) -> None:
    """Two pieces far apart: each from close by, or both with all there is."""
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[30:50, 40:64] = selection[230:250, 380:400] = 255
    document.select(selection)
    before = document.seen("R'G'B'A u8", "u1")
    with ScriptedDaemon() as paper, connected(gimp, paper.address, TOKEN):
        answer = document.run("remove", context=context)
    regions = paper.edits[0].header.regions.regions
    windows = [Bounds(w.x, w.y, w.width, w.height) for w in (r.window for r in regions)]
    if context == "whole":
        assert windows == [Bounds(0, 0, WIDTH, HEIGHT)]
    else:
        assert len(windows) == 2
        assert not windows[0].intersection(windows[1]).area
        # The piece with its softness and 32 px, the least, on each side.
        assert all(max(window.extent) <= 24 + 2 * 8 + 2 * 32 for window in windows)
    layer = document.made(answer.layer)
    mask = on_canvas(layer, before.shape)
    assert np.abs(mask.astype(int) - expected_mask(selection, layer)).max() <= 1
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert (after[mask == 255][:, :3] == COLORS[0]).all()


def test_a_large_window_is_rendered_in_parts_and_read_as_one(gimp: Gimp) -> None:
    large = np.tile(photograph(), (6, 4, 1))
    large[::7] //= 2
    document = Document(gimp, as_float(large))
    selection = np.zeros(large.shape[:2], np.uint8)
    selection[600:900, 500:900] = 255
    document.select(selection)
    state = document.play("state")
    with ScriptedDaemon() as paper, connected(gimp, paper.address, TOKEN):
        answer = document.run("remove", context="whole")
    [region] = paper.edits[0].header.regions.regions
    assert (region.window.width, region.window.height) == large.shape[1::-1]
    assert paper.edits[0].planes[region.picture] == large.tobytes()
    assert document.play("state") == {**state, "dirty": True, "stack": [answer.layer, "paper"]}
    document.close()


def test_a_hard_selection_is_softened_by_its_thickness_and_a_soft_one_is_left(
    document: Document,
) -> None:
    bar = np.zeros((HEIGHT, WIDTH), np.uint8)
    bar[100:160, 60:360] = 255
    soft = np.zeros((HEIGHT, WIDTH), np.uint8)
    soft[80:200, 60:316] = np.arange(256)
    used = []
    for selection in (bar, soft):
        document.select(selection)
        used.append(document.made(document.run("remove").layer).record["parameters"])
    # 4 px, and a tenth of what is 60 px thick.
    assert (used[0]["grow"], used[0]["feather"]) == pytest.approx((4, 6), abs=0.2)
    assert (used[1].get("grow", 0), used[1].get("feather", 0)) == (0, 0)


def test_a_layer_has_a_short_name_and_keeps_the_whole_prompt(
    gimp: Gimp, document: Document
) -> None:
    prompt = "a red jacket with brass buttons over a striped shirt, evening light"
    with ScriptedDaemon() as paper, connected(gimp, paper.address, TOKEN):
        layer = document.made(document.run("inpaint", prompt=prompt, seed=7).layer)
    assert layer.name.startswith("Replace: a red jacket")
    assert len(layer.name) <= 32
    assert layer.record["parameters"]["prompt"] == prompt
    assert layer.record["seed"] == 7


def test_explicit_softness_wins_over_the_selections_own(document: Document) -> None:
    answer = document.run("remove", grow=2.0, feather=20.0)
    layer = document.made(answer.layer)
    used = layer.record["parameters"]
    assert (used["grow"], used["feather"]) == (2.0, 20.0)
    mask = on_canvas(layer, (HEIGHT, WIDTH))
    assert np.abs(mask.astype(int) - soft_mask(HARD, 2, 20)).max() <= 1


def test_the_layer_reaches_beyond_the_selection_but_not_over_the_whole_picture(
    document: Document,
) -> None:
    layer = document.made(document.run("remove").layer)
    canvas = Bounds(0, 0, WIDTH, HEIGHT)
    assert canvas.contains(layer.bounds)
    y, x = np.nonzero(HARD)
    selected = Bounds.between(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)
    assert layer.bounds.contains(selected)
    assert layer.bounds.area < canvas.area
