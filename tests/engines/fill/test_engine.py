"""The fill engine on real photographs, from work to result."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from sfumato.engines.base import Refused
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Failed, Finished, Preview, Progress, VariationDone
from sfumato.engines.parameters import Gray, Operation, Parameters
from sfumato.imaging.compose import laid
from sfumato.imaging.depth import as_float
from sfumato.imaging.metrics import edge_ratio, ring_difference, sharpness_ratio
from sfumato_client.geometry import Bounds
from tests.support.works import Piece, results, run, slices, work_of

Picture = NDArray[Any]
PARAMETERS = Parameters(grow=2, feather=8)


def engine() -> FillEngine:
    return FillEngine("cpu", {})


def blob(shape: tuple[int, ...], x: int, y: int, radius: float) -> NDArray[np.uint8]:
    rows, columns = np.indices(shape[:2])
    inside = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
    return np.where(inside, np.uint8(255), np.uint8(0))


def removed(
    path: Path,
    picture: Picture,
    selection: NDArray[np.uint8],
    parameters: Parameters = PARAMETERS,
    pieces: tuple[Piece, ...] = (),
) -> Picture:
    """The picture after the edit, as an editor would show it."""
    work = work_of(path / "arena", picture, selection, parameters, pieces)
    reports = run(engine(), work)
    assert isinstance(reports[-1], Finished), reports[-1]
    out = picture.copy()
    for window, color, mask in results(work):
        inside = slices(window)
        out[inside] = laid(out[inside], color, mask)
    return out


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


def test_a_draft_comes_first_and_progress_only_grows(tmp_path: Path) -> None:
    picture = skimage.data.coffee()
    work = work_of(tmp_path / "a", picture, blob(picture.shape, 300, 200, 60), PARAMETERS)
    reports = run(engine(), work)
    assert isinstance(reports[0], Preview)
    assert reports[0].draft
    steps = [report.step for report in reports if isinstance(report, Progress)]
    assert steps == sorted(steps)
    assert steps[-1] == next(r.steps for r in reports if isinstance(r, Progress))
    assert len(steps) > 10


def test_each_variation_has_its_own_seed_and_look(tmp_path: Path) -> None:
    picture = skimage.data.gravel()[:200, :200, None]
    parameters = Parameters(grow=2, feather=4, variations=2, seed=5)
    work = work_of(tmp_path / "a", picture, blob(picture.shape, 100, 100, 30), parameters)
    done = [report for report in run(engine(), work) if isinstance(report, VariationDone)]
    assert [(each.variation, each.seed) for each in done] == [(0, 5), (1, 6)]
    assert not np.array_equal(results(work, 0)[0][1], results(work, 1)[0][1])


def test_a_cancelled_work_is_forgotten_and_the_next_one_runs(tmp_path: Path) -> None:
    picture = skimage.data.coffee()
    selection = blob(picture.shape, 300, 200, 40)
    fill = engine()
    fill.start(work_of(tmp_path / "a", picture, selection, PARAMETERS))
    list(fill.step())
    fill.cancel("another")
    assert fill.busy
    fill.cancel("job")
    assert not fill.busy
    assert list(fill.step()) == []
    assert isinstance(
        run(fill, work_of(tmp_path / "b", picture, selection, PARAMETERS))[-1], Finished
    )


FINGERPRINT = """
import hashlib, pathlib, sys
import skimage.data
sys.path.insert(0, {root!r})
from tests.engines.fill.test_engine import blob, fingerprint
print(fingerprint(pathlib.Path({folder!r})))
"""


def test_held_work_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    picture = skimage.data.astronaut()[:160, :200].copy()
    works = [
        replace(
            work_of(tmp_path / f"{x}", picture, blob(picture.shape, x, 80, 25), PARAMETERS),
            id=f"{x}",
        )
        for x in (60, 140)
    ]
    alone = work_of(tmp_path / "alone", picture, blob(picture.shape, 60, 80, 25), PARAMETERS)
    run(engine(), alone)
    both = engine()
    both.start(works[0])
    for _ in range(4):
        assert list(both.step())
    both.hold("60")
    assert not both.busy
    reports = run(both, works[1])
    assert {report.work_id for report in reports} == {"140"}
    both.resume("60")
    reports = [report for _ in iter(lambda: both.busy, False) for report in both.step()]
    assert isinstance(reports[-1], Finished)
    [(_, held, _)], [(_, whole, _)] = results(works[0]), results(alone)
    assert np.array_equal(held, whole)


def fingerprint(folder: Path) -> str:
    picture = skimage.data.coffee()[:200, :300]
    after = removed(folder, picture, blob(picture.shape, 150, 100, 30))
    return hashlib.sha256(after.tobytes()).hexdigest()


def test_the_same_bytes_give_the_same_result_in_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    root = Path(__file__).parents[3]
    script = FINGERPRINT.format(root=str(root), folder=str(folder))
    other = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=100
    )
    assert other.stdout.strip() == fingerprint(tmp_path)


@pytest.mark.parametrize("finished", [{0}, {0, 1}])
def test_variations_that_are_finished_are_left_as_they_are(
    finished: set[int], tmp_path: Path
) -> None:
    picture = skimage.data.coffee()[:100, :120]
    parameters = replace(PARAMETERS, variations=2)
    work = work_of(tmp_path / "arena", picture, blob(picture.shape, 60, 50, 10), parameters)
    reports = run(engine(), replace(work, finished=frozenset(finished)))
    made = {report.variation for report in reports if isinstance(report, VariationDone)}
    assert made == {0, 1} - finished
    for variation in range(2):
        assert results(work, variation)[0][1].any() == (variation in made)
