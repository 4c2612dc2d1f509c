"""Edits that share an engine: nobody notices the others, also not those that leave or wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sfumato.engines.diffusion.cache import Cache
from sfumato.engines.diffusion.decoder import Decoder
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.request import Rows
from sfumato.engines.messages import Failed, Finished, Progress, VariationDone, WorkReport
from sfumato_client import Bounds
from tests.support.painting import HEIGHT, WIDTH, make, picture, together, wanted
from tests.support.works import Piece, results, run

pytestmark = pytest.mark.usefixtures("nothing_is_left")


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, do: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """The result, which is there."""
        future = Future[Any]()
        future.set_result(do(*given, **named))
        return future


@pytest.fixture
def in_lockstep(engine: DiffusionEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits that come together begin in one turn and share every step, whatever that costs here."""
    monkeypatch.setattr(engine._drafts, "_threads", AtOnce())
    monkeypatch.setattr(engine._batcher, "choose", list)


@pytest.mark.parametrize("family", ["sd15-inpaint", "sdxl", "sd3", "flux"])
def test_company_changes_no_result(engine: DiffusionEngine, family: str, tmp_path: Path) -> None:
    alone = make(tmp_path, wanted(family), "alone")
    run(engine, alone)
    shared = make(tmp_path, wanted(family), "shared")
    others = [
        make(tmp_path, wanted(family, seed=seed, steps=4 + seed, prompt=f"thing {seed}"), f"{seed}")
        for seed in range(5)
    ]
    together(engine, [*others[:3], shared, *others[3:]])
    [(_, one, _)], [(_, other, _)] = results(alone), results(shared)
    assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.usefixtures("in_lockstep")
@pytest.mark.parametrize(
    "family",
    ["sd15", "sd15-inpaint", "sdxl", "sd3", "flux", "flux2-klein", "qwen-image", "z-image"],
)
def test_what_begins_and_ends_together_passes_the_autoencoder_once_and_is_what_it_is_alone(
    engine: DiffusionEngine, family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [
        make(
            tmp_path,
            wanted(family, seed=seed, prompt=f"thing {seed}"),
            f"{seed}",
            picture=np.roll(picture(), 5 * seed, axis=1),
        )
        for seed in range(3)
    ]
    alone = [
        make(
            tmp_path,
            work.parameters,
            f"{work.id} alone",
            picture=np.roll(picture(), 5 * seed, axis=1),
        )
        for seed, work in enumerate(works)
    ]
    for work in alone:
        run(engine, work)
    autoencoder = engine._shelf[family].adapter.autoencoder
    rows: list[int] = []
    encoded: list[int] = []
    decode, posterior = autoencoder.decode, autoencoder.posterior

    def counted(latents: torch.Tensor) -> torch.Tensor:
        rows.append(len(latents))
        return decode(latents)

    def noted(pictures: torch.Tensor) -> Any:
        encoded.append(len(pictures))
        return posterior(pictures)

    monkeypatch.setattr(autoencoder, "posterior", noted)
    monkeypatch.setattr(engine._shelf[family].preparation, "_posteriors", Cache(32))
    monkeypatch.setattr(autoencoder, "decode", counted)
    together(engine, works)
    assert encoded[0] == len(works)
    assert set(rows) == {len(works)}  # Some are passed over once more.
    for one, other in zip(alone, works, strict=True):
        [(_, before, _)], [(_, after, _)] = results(one), results(other)
        assert np.abs(before.astype(int) - after).max() <= 1


@pytest.mark.usefixtures("in_lockstep")
def test_pictures_that_do_not_fit_together_are_decoded_in_smaller_passes(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake: there is no GPU here whose memory could run out, so the autoencoder says so."""
    run(engine, make(tmp_path, wanted(), "first"))
    autoencoder = engine._shelf["sd15"].adapter.autoencoder
    rows: list[int] = []
    decode = autoencoder.decode

    def cramped(latents: torch.Tensor) -> torch.Tensor:
        rows.append(len(latents))
        if len(latents) > 1:
            raise torch.OutOfMemoryError("simulated")
        return decode(latents)

    monkeypatch.setattr(autoencoder, "decode", cramped)
    monkeypatch.setattr(engine, "_decoder", Decoder())
    work = make(tmp_path, wanted(variations=4), "four")
    assert isinstance(run(engine, work)[-1], Finished)
    assert rows == [4, 2, 1, 1, 1, 1]


def test_variation_k_is_the_edit_with_seed_plus_k(engine: DiffusionEngine, tmp_path: Path) -> None:
    three = make(tmp_path, wanted(variations=3), "three")
    reports = run(engine, three)
    seeds = {r.variation: r.seed for r in reports if isinstance(r, VariationDone)}
    assert seeds == {0: 3, 1: 4, 2: 5}
    last = make(tmp_path, wanted(seed=5), "last")
    run(engine, last)
    [(_, among, _)], [(_, alone, _)] = results(three, 2), results(last)
    assert np.abs(among.astype(int) - alone).max() <= 1


def test_a_later_region_sees_what_an_earlier_one_made(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    left, right = Bounds(0, 0, 50, HEIGHT), Bounds(30, 0, WIDTH - 30, HEIGHT)
    pieces = [
        Piece(left, Bounds(0, 0, 40, HEIGHT)),
        Piece(right, Bounds(40, 0, WIDTH - 40, HEIGHT)),
    ]
    work = make(tmp_path, wanted(), pieces=pieces)
    reports = run(engine, work)
    steps = [report for report in reports if isinstance(report, Progress) and report.steps]
    assert steps[-1].step == steps[-1].steps == 12
    covered = np.zeros((HEIGHT, WIDTH), int)
    for window, _, mask in results(work):
        covered[:, window.x : window.right] += mask > 0
    assert covered.max() == 1
    assert (covered > 0)[16:40, 20:50].all()


def test_a_cancel_is_heard_before_the_next_step(engine: DiffusionEngine, tmp_path: Path) -> None:
    kept = make(tmp_path, wanted(steps=8), "kept")
    dropped = make(tmp_path, wanted(steps=50), "dropped")
    engine.start(kept)
    engine.start(dropped)
    for _ in range(6):
        list(engine.step())
    engine.cancel("dropped")
    reports: list[WorkReport] = []
    while engine.busy:
        reports.extend(engine.step())
    assert {report.work_id for report in reports} == {"kept"}
    assert isinstance(reports[-1], Finished)


@pytest.mark.usefixtures("in_lockstep")
def test_held_work_goes_on_as_if_nothing_had_been(engine: DiffusionEngine, tmp_path: Path) -> None:
    """Also where its model was taken off the shelf meanwhile."""
    alone = make(tmp_path, wanted(steps=12), "alone")
    run(engine, alone)
    # A preview of it might still be on its way when it is held.
    held = make(tmp_path, wanted(steps=12), "held", preview_side=0)
    engine.start(held)
    for _ in range(6):
        list(engine.step())
    engine.hold("held")
    assert not engine.busy
    reports = run(engine, make(tmp_path, wanted(seed=8), "other"))
    assert {report.work_id for report in reports} == {"other"}
    engine._shelf.clear()
    engine.resume("held")
    reports = [report for _ in iter(lambda: engine.busy, False) for report in engine.step()]
    assert isinstance(reports[-1], Finished)
    steps = [report.step for report in reports if isinstance(report, Progress)]
    assert steps[0] >= 4
    [(_, one, _)], [(_, other, _)] = results(alone), results(held)
    assert np.abs(one.astype(int) - other).max() <= 1


def test_held_work_can_be_cancelled(engine: DiffusionEngine, tmp_path: Path) -> None:
    engine.start(make(tmp_path, wanted(), "held"))
    list(engine.step())
    engine.hold("held")
    engine.cancel("held")
    assert not engine._jobs


def test_cancelling_what_is_not_there_is_no_error(engine: DiffusionEngine) -> None:
    engine.cancel("never heard of")


def test_a_lack_of_memory_makes_batches_smaller_before_it_ends_a_job(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(engine, make(tmp_path, wanted(steps=1), "load"))
    adapter = engine._shelf["sd15"].adapter
    room = adapter.predict

    def cramped(rows: Rows) -> torch.Tensor:
        if len(rows.latents) > 2:
            raise torch.OutOfMemoryError("simulated")
        return room(rows)

    monkeypatch.setattr(adapter, "predict", cramped)
    reports = together(engine, [make(tmp_path, wanted(seed=seed), f"{seed}") for seed in range(4)])
    assert all(isinstance(told[-1], Finished) for told in reports.values())

    def full(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("simulated")

    monkeypatch.setattr(adapter, "predict", full)
    ending = run(engine, make(tmp_path, wanted(), "too-large"))[-1]
    assert isinstance(ending, Failed)
    assert ending.code == "OUT_OF_MEMORY"


@pytest.mark.parametrize("finished", [{1}, {0, 1}])
def test_variations_that_are_finished_are_left_as_they_are(
    finished: set[int], engine: DiffusionEngine, tmp_path: Path
) -> None:
    work = make(tmp_path, wanted(variations=2))
    reports = run(engine, replace(work, finished=frozenset(finished)))
    made = {report.variation for report in reports if isinstance(report, VariationDone)}
    assert made == {0, 1} - finished
    for variation in range(2):
        assert results(work, variation)[0][1].any() == (variation in made)
