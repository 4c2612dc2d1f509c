"""Several selections in one go, in the real Krita."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Selection, plan, softness
from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import COLORS, ScriptedDaemon

Plane = NDArray[np.uint8]


def scattered(shape: tuple[int, int]) -> Plane:
    """Three things: two that lie close together, and one far away from them."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    plane = np.zeros(shape, np.uint8)
    for down, right, radius in ((60, 60, 16), (84, 92, 14), (440, 430, 20)):
        plane[np.hypot(y - down, x - right) <= radius] = 255
    return plane


@pytest.mark.parametrize("space", [U8, ("RGBA", "U16", SRGB)], ids=["8 bit", "16 bit"])
def test_several_selections_become_one_layer_and_one_undo(
    studio: Studio, easel: Easel, space: tuple[str, str, str]
) -> None:
    easel.open(skimage.data.astronaut(), space)
    selection = scattered(easel.shape)
    easel.select(selection)
    before, tree = easel.pixels(), easel.layers()
    whole = Bounds(0, 0, *reversed(easel.shape))
    drawn = Selection.trimmed(whole, selection.tobytes())
    soft = softness(drawn)
    assert len(plan(drawn, whole.extent, grow=soft.grow, feather=soft.feather)) > 1

    said = studio.remove()

    assert said["message"] == "Inserted. One undo removes it."
    [[name, _]] = easel.layers()[len(tree) :]
    layer = easel.layer(name)
    mask = soft_mask(selection, soft.grow, soft.feather)
    assert np.abs(layer.mask.astype(int) - mask).max() <= 1
    after = easel.pixels()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    for rows, columns in (np.s_[50:70, 50:70], np.s_[74:94, 82:102], np.s_[430:450, 420:440]):
        assert not np.array_equal(after[rows, columns], before[rows, columns])
    assert np.array_equal(easel.selection(), selection)
    studio.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)


ONE, OTHER = (60, 60), (380, 400)
CLOSELY = {"context": "double", "grow": 4, "feather": 12, "fixed": True, "seed": 5}


def spot(shape: tuple[int, int], down: int, right: int) -> Plane:
    """One thing of 40 px."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.where(np.hypot(y - down, x - right) <= 20, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("space", [U8, ("RGBA", "U16", SRGB)], ids=["8 bit", "16 bit"])
def test_two_things_looked_at_closely_are_done_one_on_the_result_of_the_other(
    studio: Studio, easel: Easel, space: tuple[str, str, str]
) -> None:
    """In one go it is what comes of doing the first, and then the second on top of that."""
    easel.open(skimage.data.astronaut(), space)
    one, other = spot(easel.shape, *ONE), spot(easel.shape, *OTHER)
    both = np.maximum(one, other)
    before, tree = easel.pixels(), easel.layers()
    studio.play("artist.settings", **CLOSELY)
    easel.select(both)

    said = studio.remove()

    assert said["message"] == "Inserted. One undo removes it."
    together, [[name, _]] = easel.pixels(), easel.layers()[len(tree) :]
    mask = easel.layer(name).mask
    assert np.abs(mask.astype(int) - soft_mask(both, 4, 12)).max() <= 1
    assert np.array_equal(together[mask == 0], before[mask == 0])
    for thing in (one, other):
        assert not np.array_equal(together[thing > 0], before[thing > 0])
    studio.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)
    for thing in (one, other):
        easel.select(thing)
        assert studio.remove()["message"].startswith("Inserted")
    assert np.array_equal(easel.pixels(), together)


def test_looking_closely_sends_each_thing_with_no_more_than_its_surroundings(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    easel.open(skimage.data.astronaut())
    one, other = spot(easel.shape, *ONE), spot(easel.shape, *OTHER)
    before = easel.pixels()
    studio.play("artist.settings", **CLOSELY)
    easel.select(np.maximum(one, other))

    studio.remove()

    [edit] = daemon.edits
    windows = [region.window for region in edit.header.regions.regions]
    places = [Bounds(w.x, w.y, w.width, w.height) for w in windows]
    assert len(places) == 2
    assert not places[0].intersection(places[1]).area
    for place, thing in zip(places, (one, other), strict=True):
        inside = np.s_[place.y : place.bottom, place.x : place.right]
        assert (thing[inside] > 0).sum() == (thing > 0).sum()
        # The thing, 4 px in full, 12 px of fade, and half of all that on each side.
        assert max(place.extent) <= 2 * (41 + 2 * (4 + 12) + 2)
    layer = easel.layer("Remove 1")
    after = easel.pixels()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    assert (after[layer.mask == 255][:, 2::-1] == COLORS[0]).all()
