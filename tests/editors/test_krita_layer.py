"""Removing in the real Krita, with the real daemon: the layer, its mask, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Selection, softness
from tests.editors.krita_easel import SRGB, U8, Easel, Laid
from tests.editors.krita_studio import Studio

SPACES = {
    "8 bit": U8,
    "16 bit": ("RGBA", "U16", SRGB),
    "half float": ("RGBA", "F16", "sRGB-elle-V2-g10.icc"),
    "float": ("RGBA", "F32", "sRGB-elle-V2-g10.icc"),
    "gray 8 bit": ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
    "gray 16 bit": ("GRAYA", "U16", "Gray-D50-elle-V2-srgbtrc.icc"),
    "wide gamut 8 bit": ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
    "wide gamut 16 bit": ("RGBA", "U16", "Rec2020-elle-V4-g10.icc"),
}

Plane = NDArray[np.uint8]


def photograph() -> NDArray[np.uint8]:
    return skimage.data.coffee()


def ellipse(cy: float, cx: float, ry: float, rx: float, soft: float = 0.0) -> Plane:
    """An ellipse on the photograph; ``soft`` is the width of its gradient in radii."""
    y, x = np.mgrid[: photograph().shape[0], : photograph().shape[1]]
    distance = np.hypot((y - cy) / ry, (x - cx) / rx)
    if not soft:
        return np.where(distance <= 1, 255, 0).astype(np.uint8)
    return np.clip(255 * (1 - distance) / soft, 0, 255).astype(np.uint8)


def reference_mask(selection: Plane) -> Plane:
    height, width = selection.shape
    whole = Bounds(0, 0, width, height)
    softly = softness(Selection.trimmed(whole, selection.tobytes()))
    return soft_mask(selection, softly.grow, softly.feather)


def assert_lies_softly(easel: Easel, selection: Plane, before: NDArray, layer: Laid) -> None:
    """The pixel contract: M within a level, nothing changed outside it, the selection as it was."""
    mask = reference_mask(selection)
    assert np.abs(layer.mask.astype(int) - mask).max() <= 1
    after = easel.pixels()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    assert not np.array_equal(after[mask == 255], before[mask == 255])
    assert np.array_equal(easel.selection(), selection)


def assert_one_undo_removes_it(studio: Studio, easel: Easel, before: NDArray, tree: list) -> None:
    studio.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)


@pytest.mark.parametrize("kind", SPACES)
def test_the_layer_keeps_the_pixel_contract_in_every_space(
    studio: Studio, easel: Easel, kind: str
) -> None:
    easel.open(photograph(), SPACES[kind])
    selection = ellipse(150, 260, 40, 60)
    easel.select(selection)
    before, tree = easel.pixels(), easel.layers()

    said = studio.remove()

    assert said["message"] == "Inserted. One undo removes it."
    assert easel.layers() == [*tree, ["Remove 1", [["Sfumato mask", []]]]]
    layer = easel.layer("Remove 1")
    assert_lies_softly(easel, selection, before, layer)
    assert_it_sits_where_it_should(easel, before, layer)
    assert_one_undo_removes_it(studio, easel, before, tree)


def assert_it_sits_where_it_should(easel: Easel, before: NDArray, layer: Laid) -> None:
    """Round the mask the layer shows the picture, to the rounding of two conversions."""
    x, y, width, height = layer.bounds
    window = np.zeros(layer.mask.shape, bool)
    window[y : y + height, x : x + width] = True
    around = window & (layer.mask == 0)
    assert around.sum() > 1000
    ours, theirs = layer.color[around].astype(float), before[around].astype(float)
    full = 1.0 if easel.space[1].startswith("F") else float(np.iinfo(layer.color.dtype).max)
    assert np.abs(ours - theirs).mean() / full < 0.002


def test_a_soft_selection_becomes_the_mask_as_it_is(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    selection = ellipse(170, 280, 80, 120, soft=0.8)
    easel.select(selection)
    before, tree = easel.pixels(), easel.layers()

    studio.remove()

    layer = easel.layer("Remove 1")
    assert np.abs(layer.mask.astype(int) - selection).max() <= 1
    assert_lies_softly(easel, selection, before, layer)
    assert_one_undo_removes_it(studio, easel, before, tree)


@pytest.mark.parametrize(("cy", "cx"), [(0, 300), (399, 300), (200, 0), (200, 599), (0, 599)])
def test_a_selection_may_touch_the_border(studio: Studio, easel: Easel, cy: int, cx: int) -> None:
    easel.open(photograph())
    selection = ellipse(cy, cx, 50, 40)
    easel.select(selection)
    before, tree = easel.pixels(), easel.layers()

    studio.remove()

    assert_lies_softly(easel, selection, before, easel.layer("Remove 1"))
    assert_one_undo_removes_it(studio, easel, before, tree)


def test_the_active_layer_and_below_is_sampled_without_what_lies_above(
    studio: Studio, easel: Easel
) -> None:
    easel.open(photograph())
    studio.play("paper.add_stack")
    selection = ellipse(200, 260, 40, 60)
    easel.select(selection)
    studio.play("artist.settings", source="below")
    before, tree = easel.pixels(), easel.layers()

    studio.remove()

    layer = easel.layer("Remove 1")
    assert (layer.parent, layer.siblings) == ("shadows", ["shadow", "Remove 1"])
    assert_lies_softly(easel, selection, before, layer)
    # The line art and the inverting filter above were not baked in: the layer is no inverse.
    x, y, width, height = layer.bounds
    part = np.s_[y : y + height, x : x + width]
    around = layer.mask[part] == 0
    beside, shown = layer.color[part][around][:, :3], 255 - before[part][around][:, :3]
    off_the_line = np.abs(beside.astype(int) - shown).max(axis=1) <= 2
    assert off_the_line.mean() > 0.9
    assert studio.play("paper.active_layer") == "shadow"
    assert_one_undo_removes_it(studio, easel, before, tree)


def test_all_that_is_visible_is_sampled_and_covered(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    studio.play("paper.add_stack")
    selection = ellipse(200, 260, 40, 60)
    easel.select(selection)
    studio.play("artist.settings", source="all")
    before, tree = easel.pixels(), easel.layers()

    studio.remove()

    layer = easel.layer("Remove 1")
    assert layer.siblings[-2:] == ["filter", "Remove 1"]
    assert_lies_softly(easel, selection, before, layer)
    assert_one_undo_removes_it(studio, easel, before, tree)


@pytest.mark.parametrize("active", ["shadow", "shadows"], ids=["layer inside", "group itself"])
def test_a_group_is_sampled_alone(studio: Studio, easel: Easel, active: str) -> None:
    easel.open(photograph())
    studio.play("paper.add_stack")
    studio.play("paper.activate", name=active)
    selection = ellipse(200, 160, 40, 60)
    easel.select(selection)
    studio.play("artist.settings", source="group")
    before, tree = easel.pixels(), easel.layers()

    studio.remove()

    layer = easel.layer("Remove 1")
    assert layer.siblings == ["shadow", "Remove 1"]
    inside = layer.color[150:250, 100:220]
    assert np.abs(inside[..., :3].astype(int) - [180, 180, 200]).max() <= 3
    after = easel.pixels()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    assert studio.play("paper.active_layer") == active
    assert_one_undo_removes_it(studio, easel, before, tree)
