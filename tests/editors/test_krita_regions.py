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
