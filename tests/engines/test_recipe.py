"""Recipes around an engine: passes in order, told as one work, and the border of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Finished, Progress, VariationDone, WorkReport
from sfumato.engines.parameters import Parameters
from sfumato.engines.passes import ring
from sfumato.engines.recipe import Recipes
from sfumato.engines.work import RegionWork, Stage, Work
from sfumato.imaging.mask import soft_mask
from sfumato_client.geometry import Bounds, Extent

SIDE = 48
NAMES = ("broad", "again", "")
ASKED = Parameters(seed=3, variations=2, grow=1, feather=4)
STAGES = (
    Stage("broad", ASKED, emit=True),
    Stage("again", ASKED),
    Stage("boundary", ASKED, boundary=True),
)


def work(path: Path, stages: tuple[Stage, ...] = STAGES) -> Work:
    """A box in noise, in an arena of its own."""
    layout = Layout()
    bounds = Bounds(0, 0, SIDE, SIDE)
    shape = (SIDE, SIDE, 3)
    region = RegionWork(
        window=bounds,
        core=bounds,
        picture=layout.plane(shape, "uint8"),
        selection=layout.plane((SIDE, SIDE), "uint8"),
        mask=None,
        result_mask=layout.plane((SIDE, SIDE), "uint8"),
        colors=tuple(layout.plane(shape, "uint8") for _ in range(2 * max(1, len(stages)))),
        before=layout.plane(shape, "uint8"),
        ring=layout.plane((SIDE, SIDE), "uint8"),
        ring_mask=layout.plane((SIDE, SIDE), "uint8"),
    )
    with Arena.create(path, layout) as arena:
        arena.array(region.picture)[:] = np.random.default_rng(1).integers(0, 256, shape)
        arena.array(region.selection)[16:32, 16:34] = 255
    return Work("w", str(path), Extent(SIDE, SIDE), (region,), ASKED, stages=stages)


def done(asked: Work) -> list[WorkReport]:
    """All that is reported of a work."""
    engine = Recipes(FillEngine("cpu", {}))
    engine.start(asked)
    reports = []
    while engine.busy:
        reports += engine.step()
    return reports


def test_passes_are_told_as_one_work(tmp_path: Path) -> None:
    asked = work(tmp_path / "arena")
    reports = done(asked)
    told = [each for each in reports if isinstance(each, VariationDone)]
    assert [(asked.made_by(each.variation), each.seed) for each in told] == [
        ((variation, name), 3 + variation) for variation in (0, 1) for name in NAMES
    ]
    wanted = [asked.made_by(each.variation) for each in told if asked.wanted(each.variation)]
    assert wanted == [(variation, name) for variation in (0, 1) for name in ("broad", "")]
    progress = [each for each in reports if isinstance(each, Progress)]
    steps = [each.step for each in progress]
    assert steps == sorted(steps)
    assert {each.steps for each in progress} == {600}
    assert steps[-1] == 600
    assert list(dict.fromkeys(each.phase for each in progress)) == [
        f"{name}: filling" for name in ("broad", "again", "boundary")
    ]
    (end,) = (each for each in reports if isinstance(each, Finished))
    assert reports[-1] is end
    assert end.resolved == replace(ASKED, model="fill")


@pytest.mark.parametrize("passes", range(1, 7))
def test_it_goes_on_with_the_pass_after_the_last_that_an_earlier_attempt_made(
    tmp_path: Path, passes: int
) -> None:
    """The earlier attempt ended in the middle of the next pass, whatever it had written."""
    undisturbed = work(tmp_path / "undisturbed")
    whole = done(undisturbed)
    asked = work(tmp_path / "arena")
    made = broken_off(asked, passes)
    again = replace(
        asked,
        finished=frozenset(each.variation for each in made),
        resolved=made[-1].resolved,
    )
    reports = done(again)
    told = [each.variation for each in reports if isinstance(each, VariationDone)]
    assert told == [each.variation for each in whole if isinstance(each, VariationDone)][passes:]
    steps = [each.step for each in reports if isinstance(each, Progress)]
    assert all(step >= 100 * passes for step in steps)
    assert pixels(again) == pixels(undisturbed)
    ends = [each for reports in (whole, reports) for each in reports if isinstance(each, Finished)]
    assert ends[0].resolved == ends[1].resolved


def test_what_comes_after_a_lost_result_is_made_again_and_told_once(tmp_path: Path) -> None:
    asked = work(tmp_path / "arena")
    done(asked)
    before = pixels(asked)
    lost = asked.result(1, 1)
    finished = frozenset(range(6)) - {asked.result(1, 2), lost}
    reports = done(replace(asked, finished=finished, resolved=ASKED))
    told = [each.variation for each in reports if isinstance(each, VariationDone)]
    assert told == [lost, asked.result(1, 2)]
    assert pixels(asked) == before


def test_a_pass_over_the_border_leaves_the_mask_of_the_whole_alone(tmp_path: Path) -> None:
    asked = work(tmp_path / "arena")
    (region,) = asked.regions
    engine = Recipes(FillEngine("cpu", {}))
    engine.start(asked)
    masks = set()
    while engine.busy:
        reports = list(engine.step())
        if masks or any(isinstance(each, VariationDone) for each in reports):
            with Arena.open(Path(asked.arena)) as arena:
                masks.add(arena.array(region.result_mask).tobytes())
    assert len(masks) == 1


def broken_off(asked: Work, passes: int) -> list[VariationDone]:
    """Work up to the middle of the pass after so many; what was told of those."""
    engine = Recipes(FillEngine("cpu", {}))
    engine.start(asked)
    told: list[VariationDone] = []
    while len(told) < passes:
        told += [each for each in engine.step() if isinstance(each, VariationDone)]
    if engine.busy:
        list(engine.step())
    engine.close()
    return told


def pixels(asked: Work) -> list[bytes]:
    """All results and their mask."""
    with Arena.open(Path(asked.arena)) as arena:
        return [
            arena.array(plane).tobytes()
            for region in asked.regions
            for plane in (*region.colors, region.result_mask)
        ]


def test_results_lie_where_they_are_looked_for_and_leave_the_rest_alone(tmp_path: Path) -> None:
    asked = work(tmp_path / "arena")
    done(asked)
    (region,) = asked.regions
    with Arena.open(tmp_path / "arena") as arena:
        picture = arena.array(region.picture).copy()
        mask = soft_mask(arena.array(region.selection), ASKED.grow, ASKED.feather)
        assert (arena.array(region.result_mask) == mask).all()
        made = {
            asked.made_by(index): arena.array(plane).copy()
            for index, plane in enumerate(region.colors)
        }
    assert set(made) == {(v, name) for v in (0, 1) for name in ("broad", "again", "")}
    for colors in made.values():
        assert (colors[mask == 0] == picture[mask == 0]).all()
        assert (colors[20:28, 20:30] != picture[20:28, 20:30]).any()
    deep = np.s_[23:25, 24:26]
    assert (made[0, "again"][deep] == made[0, ""][deep]).all()
    assert (made[0, "again"] != made[0, ""]).any()
    assert (made[0, "broad"] != made[1, "broad"]).any()


def test_what_follows_on_finished_passes_is_to_come(tmp_path: Path) -> None:
    asked = work(tmp_path / "arena")
    assert asked.to_come == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))
    finished = frozenset({asked.result(0, 2), asked.result(1, 0), asked.result(1, 2)})
    # The second variation's last is there, but not what it was made of.
    assert replace(asked, finished=finished - {asked.result(1, 2)}).to_come == ((1, 1), (1, 2))
    assert replace(asked, finished=finished).to_come == ()


def test_cancelled_in_the_middle_it_is_forgotten(tmp_path: Path) -> None:
    engine = Recipes(FillEngine("cpu", {}))
    engine.start(work(tmp_path / "arena"))
    list(engine.step())
    engine.cancel("w")
    assert not engine.busy
    engine.start(work(tmp_path / "other"))
    assert engine.busy
    engine.hold("w")
    assert not engine.busy
    engine.resume("w")
    reports: list[WorkReport] = []
    while engine.busy:
        reports += engine.step()
    assert isinstance(reports[-1], Finished)


@settings(deadline=None)
@given(st.integers(0, 8), st.integers(0, 30), st.integers(1, 60), st.floats(8, 32))
def test_a_border_is_all_of_the_fade_and_falls_inwards(
    grow: int, feather: int, side: int, reach: float
) -> None:
    selection = np.zeros((100, 100), np.uint8)
    selection[20 : 20 + side, 20 : 20 + side] = 255
    mask = soft_mask(selection, grow, feather)
    found = ring(mask, reach)
    assert (found[mask == 0] == 0).all()
    assert (found[(mask > 0) & (mask < 255)] == 255).all()
    if not (mask == 255).all():
        inside = np.argwhere(mask == 255)
        outside = np.argwhere(mask < 255)
        for y, x in inside[:: max(1, len(inside) // 20)]:
            depth = np.hypot(*(outside - (y, x)).T).min()
            wanted = 127.5 * (1 + np.cos(np.pi * min(depth / reach, 1)))
            assert abs(found[y, x] - wanted) <= 2


def test_a_mask_that_covers_everything_is_its_own_border() -> None:
    full = np.full((5, 5), 255, np.uint8)
    assert (ring(full, 8) == full).all()
