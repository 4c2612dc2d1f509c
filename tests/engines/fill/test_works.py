"""Works of the fill engine: what is told of them, standing still, and the same again."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from sfumato.engines.messages import Finished, Preview, Progress, VariationDone
from sfumato.engines.parameters import Parameters
from tests.support.removals import PARAMETERS, blob, engine, removed
from tests.support.works import results, run, work_of


def test_a_draft_comes_first_and_progress_only_grows(tmp_path: Path) -> None:
    picture = skimage.data.coffee()
    work = work_of(tmp_path / "a", picture, blob(picture.shape, 300, 200, 60), PARAMETERS)
    reports = run(engine(), work)
    assert isinstance(reports[0], Preview)
    assert reports[0].draft
    steps = [report.step for report in reports if isinstance(report, Progress)]
    assert steps == sorted(set(steps))  # Nothing is told twice.
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
from tests.engines.fill.test_works import fingerprint
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
        both.step()
    assert both.busy
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
