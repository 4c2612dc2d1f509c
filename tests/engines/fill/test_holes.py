from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.edit import Patch
from sfumato.engines.fill.holes import CORE_MARGIN, holes_of, marks_of
from sfumato.imaging.mask import soft_mask
from sfumato_client.geometry import Bounds

WINDOW = Bounds(100, 50, 300, 200)


def patch_of(
    selection: NDArray[np.uint8], feather: float = 0, core: Bounds = WINDOW, grow: float = 0
) -> Patch:
    mask = soft_mask(selection, grow, feather)
    picture = np.zeros((*selection.shape, 3), np.uint8)
    return Patch(0, 0, WINDOW, core, picture, selection, mask, mask > 0)


def nothing() -> NDArray[np.uint8]:
    return np.zeros((WINDOW.height, WINDOW.width), np.uint8)


def test_a_scratch_is_thin_however_wide_its_feather() -> None:
    selection = nothing()
    selection[90:98, 20:280] = 255
    for feather in (0, 10, 60):
        patch = patch_of(selection, feather)
        [hole] = holes_of(patch, marks_of(patch, 0))
        assert hole.thin


def test_a_scratch_is_filled_to_its_soft_edge_and_no_further() -> None:
    selection = nothing()
    selection[90:98, 20:280] = 255
    patch = patch_of(selection, feather=40, grow=3)
    marks = marks_of(patch, 3)
    assert marks.thin[90 - 5, 150]
    assert not marks.thin[90 - 6, 150]
    assert not marks.thick.any()


def test_a_block_is_thick_and_covers_half_its_feather() -> None:
    selection = nothing()
    selection[60:140, 100:200] = 255
    marks = marks_of(patch_of(selection, feather=20), 0)
    assert not marks.thin.any()
    assert marks.thick[60 - 9, 150]
    assert not marks.thick[60 - 12, 150]


def test_everything_selected_is_filled_even_if_faintly() -> None:
    selection = nothing()
    selection[60:140, 100:200] = 20
    assert np.array_equal(marks_of(patch_of(selection), 0).thick, selection > 0)


def test_thin_holes_come_first_and_then_the_smaller() -> None:
    selection = nothing()
    selection[10:90, 10:110] = 255
    selection[120:180, 200:260] = 255
    selection[150:154, 20:180] = 255
    patch = patch_of(selection)
    holes = holes_of(patch, marks_of(patch, 0))
    assert [hole.thin for hole in holes] == [True, False, False]
    assert holes[1].area.sum() < holes[2].area.sum()


def test_only_what_is_in_and_around_the_core_is_filled() -> None:
    selection = nothing()
    selection[80:120] = 255
    core = Bounds(WINDOW.x + 100, WINDOW.y, 100, WINDOW.height)
    patch = patch_of(selection, core=core)
    marks = marks_of(patch, 0)
    [hole] = holes_of(patch, marks)
    columns = np.flatnonzero(hole.area.any(axis=0))
    assert (columns[0], columns[-1]) == (100 - CORE_MARGIN, 199 + CORE_MARGIN)
    assert marks.gone[:, 0].any()
