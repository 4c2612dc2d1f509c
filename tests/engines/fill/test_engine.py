"""The fill engine on real photographs, from work to result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from sfumato.engines.base import Refused
from sfumato.engines.messages import Failed
from sfumato.engines.parameters import Gray, Operation, Parameters
from sfumato.imaging.depth import as_float
from sfumato.imaging.metrics import edge_ratio, ring_difference, sharpness_ratio
from sfumato_client.geometry import Bounds
from tests.support.removals import PARAMETERS, blob, engine, removed
from tests.support.works import Piece, run, slices, work_of


@pytest.mark.parametrize(
    ("name", "x", "y", "radius"),
    [("grass", 250, 260, 50), ("gravel", 250, 260, 50), ("brick", 250, 260, 50)],
)
def test_texture_goes_on_as_sharp_as_it_is_and_without_a_seam(
    tmp_path: Path, name: str, x: int, y: int, radius: float
) -> None:
    picture = getattr(skimage.data, name)()[..., None]
    selection = blob(picture.shape, x, y, radius)
    before, after = as_float(picture), as_float(removed(tmp_path, picture, selection))
    area = selection > 0
    assert sharpness_ratio(before, after, area) > 0.8
    assert edge_ratio(after, area) < edge_ratio(before, area) * 1.25
    assert ring_difference(after, area) < ring_difference(before, area) * 1.25


def test_a_thing_in_a_plain_sky_leaves_sky(tmp_path: Path) -> None:
    picture = skimage.data.camera()[..., None]
    rows, columns = np.indices(picture.shape[:2])
    tower = ((columns - 420) / 18) ** 2 + ((rows - 125) / 55) ** 2 <= 1
    after = removed(tmp_path, picture, np.where(tower, np.uint8(255), np.uint8(0)))
    sky = tower & (rows < 130)
    assert np.abs(after[sky].astype(int) - int(np.median(picture[100, 300:380]))).max() < 40


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_kind_of_picture_is_filled(tmp_path: Path, samples: int, dtype: type) -> None:
    photo = skimage.data.coffee()[:150, :211]
    picture = np.concatenate([photo, np.full_like(photo[..., :1], 255)], axis=2)
    picture = picture[..., {1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3]}[samples]]
    picture = picture.astype(dtype) * (np.iinfo(dtype).max // 255)
    damaged = picture.copy()
    selection = blob(picture.shape, 70, 60, 20)
    damaged[selection > 0] = 0
    after = removed(tmp_path, damaged, selection)
    assert np.array_equal(after[:, 120:], damaged[:, 120:])
    hole = selection > 0
    assert abs(after[hole].mean() / picture[hole].mean() - 1) < 0.3
    if samples in (2, 4):
        assert (after[..., -1] == np.iinfo(dtype).max).all()


def test_a_deep_gradient_has_no_bands(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:200, :260]
    gradient = (20000 + 30 * columns + 12 * rows).astype(np.uint16)[..., None]
    selection = blob(gradient.shape, 130, 100, 35)
    damaged = gradient.copy()
    damaged[selection > 0] = 5000
    after = removed(tmp_path, damaged, selection).astype(int)
    hole = selection > 0
    # A level of 8 bit is 257 of these: a picture filled at 8 bit has 8 levels here, and steps.
    assert len(np.unique(after[hole])) > 500
    assert np.abs(np.diff(after, 2, axis=1)).max() < 64
    assert np.abs(after - gradient)[hole].max() < 128


def test_transparent_pixels_are_no_source(tmp_path: Path) -> None:
    picture = np.zeros((120, 160, 4), np.uint8)
    picture[..., 1] = 255
    picture[:, 40:120] = np.concatenate(
        [skimage.data.coffee()[40:160, 40:120], np.full((120, 80, 1), 255, np.uint8)], axis=2
    )
    selection = blob(picture.shape, 80, 60, 22)
    after = removed(tmp_path, picture, selection)
    inside = after[selection > 0]
    assert (inside[:, 3] == 255).all()
    assert inside[:, 1].max() < 255


@pytest.mark.parametrize(
    "selected",
    [
        Bounds(0, 0, 30, 120),
        Bounds(130, 0, 30, 120),
        Bounds(0, 0, 160, 25),
        Bounds(0, 95, 160, 25),
        Bounds(0, 0, 40, 40),
        Bounds(0, 20, 160, 80),
        Bounds(5, 5, 155, 115),
        Bounds(0, 0, 159, 120),
        Bounds(0, 0, 160, 119),
        Bounds(1, 1, 158, 118),
        Bounds(80, 60, 1, 1),
    ],
)
def test_selections_at_the_borders_and_of_nearly_everything_are_filled(
    tmp_path: Path, selected: Bounds
) -> None:
    picture = skimage.data.coffee()[100:220, 100:260]
    selection = np.zeros(picture.shape[:2], np.uint8)
    selection[slices(selected)] = 255
    after = removed(tmp_path, picture, selection, Parameters())
    assert np.array_equal(after[selection == 0], picture[selection == 0])
    assert not np.array_equal(after[selection > 0], picture[selection > 0])


def test_pictures_of_a_few_pixels_are_filled(tmp_path: Path) -> None:
    for index, shape in enumerate([(1, 2), (2, 1), (3, 3), (5, 40), (9, 9)]):
        picture = np.full((*shape, 3), 90, np.uint8)
        selection = np.zeros(shape, np.uint8)
        selection[0, 0] = 255
        folder = tmp_path / str(index)
        folder.mkdir()
        assert (removed(folder, picture, selection, Parameters()) == 90).all()


def test_regions_of_one_thing_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    picture = skimage.data.grass()[:200, :400, None]
    selection = np.zeros(picture.shape[:2], np.uint8)
    selection[80:120, 60:340] = 255
    pieces = (
        Piece(Bounds(0, 0, 300, 200), Bounds(0, 0, 200, 200)),
        Piece(Bounds(100, 0, 300, 200), Bounds(200, 0, 200, 200)),
    )
    after = as_float(removed(tmp_path, picture, selection, PARAMETERS, pieces))
    left = np.zeros(selection.shape, bool)
    left[84:116, 64:200] = True
    assert edge_ratio(after, left) < 1.3


def test_everything_selected_is_refused_with_a_sentence(tmp_path: Path) -> None:
    picture = skimage.data.coffee()[:60, :80]
    selection = np.full((60, 80), 255, np.uint8)
    failed = run(engine(), work_of(tmp_path / "a", picture, selection, Parameters()))[-1]
    assert isinstance(failed, Failed)
    assert failed.refused
    assert failed.code == "NOTHING_KNOWN"
    assert "Select less" in failed.message


def test_a_prompt_is_refused_with_the_way_to_a_model(tmp_path: Path) -> None:
    picture = skimage.data.coffee()[:60, :80]
    selection = blob(picture.shape, 40, 30, 9)
    wish = Parameters(operation=Operation.GENERATE, prompt="a cat")
    with pytest.raises(Refused, match="sfumato models") as refused:
        engine().start(work_of(tmp_path / "a", picture, selection, wish))
    assert refused.value.code == "NEEDS_MODEL"


def test_gray_as_a_degree_of_change_is_refused(tmp_path: Path) -> None:
    picture = skimage.data.coffee()[:60, :80]
    selection = blob(picture.shape, 40, 30, 9)
    with pytest.raises(Refused, match="blend"):
        engine().start(work_of(tmp_path / "a", picture, selection, Parameters(gray=Gray.PARTIAL)))
