from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sfumato.engines.base import Refused
from sfumato.engines.edit import BLEND, Edit
from sfumato.engines.parameters import Gray, Parameters
from sfumato.imaging.depth import as_float
from sfumato.imaging.mask import soft_mask
from sfumato_client.geometry import Bounds
from tests.support.works import Piece, results, slices, work_of

RNG = np.random.default_rng(7)
PHOTO = RNG.integers(0, 256, (61, 83, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (61, 83, 4), dtype=np.uint16)


def selected(bounds: Bounds, shape: tuple[int, ...] = PHOTO.shape) -> np.ndarray:
    selection = np.zeros(shape[:2], np.uint8)
    selection[slices(bounds)] = 255
    return selection


@pytest.mark.parametrize("picture", [PHOTO, DEEP, PHOTO[..., :1]])
def test_outside_the_mask_the_result_is_the_picture_bit_for_bit(
    tmp_path: Path, picture: np.ndarray
) -> None:
    selection = selected(Bounds(30, 20, 25, 17))
    work = work_of(tmp_path / "a", picture, selection, Parameters(grow=2, feather=7))
    with Edit(work) as edit:
        for patch in edit.patches():
            edit.deliver(patch, np.full(patch.picture.shape, 0.5, np.float32))
    [(_, color, mask)] = results(work)
    assert np.array_equal(mask, soft_mask(selection, 2, 7))
    assert np.array_equal(color[mask == 0], picture[mask == 0])
    assert np.abs(color[mask > 0] / np.iinfo(picture.dtype).max - 0.5).max() < 0.005


def test_the_mask_of_the_result_ends_at_the_core(tmp_path: Path) -> None:
    core = Bounds(20, 10, 40, 30)
    work = work_of(
        tmp_path / "a",
        PHOTO,
        selected(Bounds(10, 5, 60, 50)),
        Parameters(),
        [Piece(Bounds(5, 0, 70, 61), core)],
    )
    with Edit(work) as edit:
        for patch in edit.patches():
            edit.deliver(patch, as_float(patch.picture))
    [(window, _, mask)] = results(work)
    covered = np.zeros(PHOTO.shape[:2], bool)
    covered[slices(window)] = mask > 0
    assert covered[slices(core)].all()
    assert covered.sum() == core.area


def test_a_later_window_sees_what_an_earlier_region_made(tmp_path: Path) -> None:
    pieces = [
        Piece(Bounds(0, 0, 50, 61), Bounds(0, 0, 40, 61)),
        Piece(Bounds(30, 0, 53, 61), Bounds(40, 0, 43, 61)),
    ]
    selection = selected(Bounds(20, 20, 40, 10))
    work = work_of(tmp_path / "a", PHOTO, selection, Parameters(), pieces)
    with Edit(work) as edit:
        first = edit.patch(0, 0)
        assert np.array_equal(first.unknown, selection[:, :50] > 0)
        edit.deliver(first, np.ones(first.picture.shape, np.float32))
        second = edit.patch(0, 1)
    made = selection[:, 30:40] > 0
    assert (second.picture[:, :10][made] == 255).all()
    assert np.array_equal(second.picture[:, :10][~made], PHOTO[:, 30:40][~made])
    assert not second.unknown[:, :10].any()
    assert np.array_equal(second.unknown[:, 10:], selection[:, 40:] > 0)


def test_variations_do_not_see_each_other(tmp_path: Path) -> None:
    pieces = [Piece(Bounds(0, 0, 40, 61)), Piece(Bounds(20, 0, 63, 61), Bounds(40, 0, 43, 61))]
    work = work_of(
        tmp_path / "a", PHOTO, selected(Bounds(30, 20, 30, 9)), Parameters(variations=2), pieces
    )
    seen = []
    with Edit(work) as edit:
        assert edit.size == 4
        for patch in edit.patches():
            seen.append(patch.picture[25, 15, 0] if patch.region == 1 else None)
            edit.deliver(patch, np.full(patch.picture.shape, patch.variation, np.float32))
    assert seen == [None, 0, None, 255]


def test_the_clients_mask_is_used_as_it_is(tmp_path: Path) -> None:
    selection = selected(Bounds(30, 20, 25, 17))
    mask = cv2.GaussianBlur(selection, (0, 0), 2.0)
    work = work_of(tmp_path / "a", PHOTO, selection, Parameters(grow=9, feather=9), mask=mask)
    with Edit(work) as edit:
        patch = edit.patch(0, 0)
        assert np.array_equal(patch.mask, mask)
        edit.deliver(patch, as_float(patch.picture))
    assert np.array_equal(results(work)[0][2], mask)


def test_with_partial_gray_the_result_is_opaque_wherever_something_is_selected(
    tmp_path: Path,
) -> None:
    selection = selected(Bounds(30, 20, 25, 17)) // 5
    work = work_of(tmp_path / "a", PHOTO, selection, Parameters(gray=Gray.PARTIAL, feather=6))
    with Edit(work) as edit:
        patch = edit.patch(0, 0)
    assert (patch.mask[selection > 0] == 255).all()
    assert np.array_equal(patch.selection, selection)


def test_a_result_may_be_deeper_than_its_picture(tmp_path: Path) -> None:
    work = work_of(
        tmp_path / "a", PHOTO, selected(Bounds(3, 3, 9, 9)), Parameters(), dtype=np.uint16
    )
    with Edit(work) as edit:
        edit.deliver(edit.patch(0, 0), np.full(PHOTO.shape, 0.3001, np.float32))
    [(_, color, mask)] = results(work)
    assert np.array_equal(color[mask == 0], PHOTO[mask == 0].astype(np.uint16) * 257)
    assert np.abs(color[mask > 0] / 65535 - 0.3001).max() < 1e-4


def test_a_preview_shows_the_result_over_the_picture(tmp_path: Path) -> None:
    flat = np.full((64, 64, 3), 40, np.uint16) * 257
    work = work_of(tmp_path / "a", flat, selected(Bounds(0, 0, 32, 64), flat.shape), Parameters())
    with Edit(work) as edit:
        preview = edit.preview(edit.patch(0, 0), np.ones(flat.shape, np.float32), draft=True)
    assert preview is not None
    assert preview.draft
    assert preview.bounds == Bounds(0, 0, 64, 64)
    shown = cv2.imdecode(np.frombuffer(preview.image, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert abs(int(shown[32, 8, 0]) - 255) < 4
    assert abs(int(shown[32, 56, 0]) - 40) < 4


def test_without_a_preview_side_there_are_no_previews(tmp_path: Path) -> None:
    work = work_of(
        tmp_path / "a", PHOTO, selected(Bounds(3, 3, 9, 9)), Parameters(), preview_side=0
    )
    with Edit(work) as edit:
        assert edit.preview(edit.patch(0, 0), as_float(PHOTO)) is None


def test_an_empty_selection_is_refused(tmp_path: Path) -> None:
    work = work_of(tmp_path / "a", PHOTO, np.zeros(PHOTO.shape[:2], np.uint8), Parameters())
    with pytest.raises(Refused, match="Nothing is selected") as refused:
        Edit(work)
    assert refused.value.code == "EMPTY_SELECTION"


def half_and_half(folder: Path, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """All of a wide picture made white by its left region and black by its right one.

    Returns the two colours laid together by their masks, and the masks' sum.
    """
    flat = np.full((40, 200, 3), 90, np.uint8)
    pieces = [
        Piece(Bounds(0, 0, 130, 40), Bounds(0, 0, 100, 40)),
        Piece(Bounds(40, 0, 160, 40), Bounds(100, 0, 100, 40)),
    ]
    selection = np.full(flat.shape[:2], 255, np.uint8)
    work = work_of(folder / "a", flat, selection, parameters, pieces)
    with Edit(work) as edit:
        for patch in edit.patches():
            edit.deliver(patch, np.full(patch.picture.shape, 1.0 - patch.region, np.float32))
    whole, masked = np.zeros(flat.shape, np.uint8), np.zeros(flat.shape[:2], int)
    for window, color, mask in results(work):
        whole[slices(window)][mask > 0] = color[mask > 0]
        masked[slices(window)] += mask
    return whole, masked


def test_where_two_cores_meet_the_later_result_fades_into_the_earlier(tmp_path: Path) -> None:
    whole, masked = half_and_half(tmp_path, Parameters())
    assert (masked == 255).all()
    row = whole[20, :, 0].astype(int)
    assert (row[: 100 - BLEND] == 255).all()
    assert (row[100:] == 0).all()
    fade = row[100 - BLEND : 100]
    assert (np.diff(fade) <= 0).all()
    # No step anywhere: the steepest part of the fade is what a smooth one has.
    assert np.abs(np.diff(row)).max() <= 255 * np.pi / 2 / BLEND + 1


def test_what_an_earlier_region_made_is_known_to_a_later_one_also_where_it_fades(
    tmp_path: Path,
) -> None:
    pieces = [
        Piece(Bounds(0, 0, 50, 61), Bounds(0, 0, 40, 61)),
        Piece(Bounds(0, 0, 83, 61), Bounds(40, 0, 43, 61)),
    ]
    work = work_of(tmp_path / "a", PHOTO, selected(Bounds(0, 0, 83, 61)), Parameters(), pieces)
    with Edit(work) as edit:
        edit.deliver(edit.patch(0, 0), np.ones((61, 50, 3), np.float32))
        patch = edit.patch(0, 1)
    assert not patch.unknown[:, :40].any()
    assert (patch.mask[:, : 40 - BLEND] == 0).all()
    assert (patch.mask[:, 40 - BLEND + 1 : 40] > 0).all()
    assert (patch.mask[:, 40:] == 255).all()


def test_the_picture_beside_new_canvas_is_sound_also_where_the_mask_reaches_over_it(
    tmp_path: Path,
) -> None:
    selection = selected(Bounds(0, 0, 20, 61))
    work = work_of(tmp_path / "a", PHOTO, selection, Parameters(feather=16))
    with Edit(replace(work, known=Bounds(20, 0, 63, 61))) as edit:
        patch = edit.patch(0, 0)
    assert (patch.mask[:, 20:30] > 0).all()
    assert np.array_equal(patch.unknown, selection > 0)
