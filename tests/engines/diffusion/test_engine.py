"""The engine, from works in arenas to results in arenas, with tiny models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.request import Rows
from sfumato.engines.messages import (
    Failed,
    Finished,
    Notice,
    Preview,
    Progress,
    VariationDone,
    Work,
    WorkReport,
)
from sfumato.engines.parameters import Gray, MaskedContent, Operation, Parameters, Scheduler
from sfumato.imaging.compose import laid
from sfumato_client import Bounds, Extent, Growth, Model, Sides, tiles
from tests.support.diffusion import photograph
from tests.support.tiny_models import FAMILIES, tiny_model
from tests.support.works import Piece, results, run, slices, work_of

HEIGHT, WIDTH = 60, 77  # on no grid at all


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    torch.set_num_threads(1)
    options = {f"model:{family}": str(tiny_model(family)) for family in FAMILIES}
    engine = DiffusionEngine("cpu", options)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def nothing_is_left(engine: DiffusionEngine) -> Iterator[None]:
    yield
    assert not engine.busy


def wanted(family: str = "sd15", **changes: Any) -> Parameters:
    parameters = Parameters(
        operation=Operation.GENERATE, model=family, prompt="a red vase", seed=3, steps=6, feather=6
    )
    return replace(parameters, **changes)


def rectangle(value: int = 255) -> NDArray[np.uint8]:
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[16:40, 20:50] = value
    return selection


def picture(samples: int = 3, dtype: str = "uint8") -> NDArray[Any]:
    rgb = photograph(HEIGHT, WIDTH)
    if samples <= 2:
        rgb = rgb[..., :1]
    if samples in (2, 4):
        alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
        alpha[:, :9] = 100
        rgb = np.concatenate([rgb, alpha], axis=2)
    return rgb * np.uint16(257) if dtype == "uint16" else rgb


def make(path: Path, parameters: Parameters, name: str = "job", **changes: Any) -> Work:
    given = {"picture": picture(), "selection": rectangle()} | changes
    return replace(work_of(path / name, parameters=parameters, **given), id=name)


def together(engine: DiffusionEngine, works: list[Work]) -> dict[str, list[WorkReport]]:
    """All works at once; what was reported of each."""
    for work in works:
        engine.start(work)
    reports: dict[str, list[WorkReport]] = {work.id: [] for work in works}
    while engine.busy:
        for report in engine.step():
            reports[report.work_id].append(report)
    return reports


@pytest.mark.parametrize("family", FAMILIES)
def test_only_pixels_under_the_mask_change(
    engine: DiffusionEngine, family: str, tmp_path: Path
) -> None:
    work = make(tmp_path, wanted(family))
    run(engine, work)
    [(_, colour, mask)] = results(work)
    outside = mask == 0
    assert outside.any()
    assert np.array_equal(colour[outside], picture()[outside])
    assert (colour[mask == 255] != picture()[mask == 255]).any(axis=-1).mean() > 0.9


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_every_kind_of_picture_keeps_its_samples_and_its_surroundings(
    engine: DiffusionEngine, samples: int, dtype: str, tmp_path: Path
) -> None:
    original = picture(samples, dtype)
    work = make(tmp_path, wanted(), picture=original)
    run(engine, work)
    [(_, colour, mask)] = results(work)
    assert colour.dtype == dtype
    assert np.array_equal(colour[mask == 0], original[mask == 0])
    assert (colour[mask == 255] != original[mask == 255]).any()


def test_half_selected_pixels_are_regenerated_in_full(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    """BLEND: gray is opacity alone; the colour below it is what full coverage would give."""
    half = make(tmp_path, wanted(feather=0), "half", selection=rectangle(128))
    full = make(tmp_path, wanted(feather=0), "full", selection=rectangle(255))
    together(engine, [half, full])
    [(_, half_colour, half_mask)], [(_, full_colour, _)] = results(half), results(full)
    assert np.unique(half_mask).tolist() == [0, 128]
    assert np.abs(half_colour.astype(int) - full_colour).max() <= 1


def test_what_is_removed_cannot_come_back_below_full_strength(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    """Two pictures that differ under the mask alone give one result."""
    other = picture().copy()
    other[18:38, 22:48] = (0, 255, 0)
    parameters = wanted(operation=Operation.REMOVE, prompt="", strength=0.5)
    one, two = make(tmp_path, parameters, "one"), make(tmp_path, parameters, "two", picture=other)
    together(engine, [one, two])
    [(_, one_colour, mask)], [(_, two_colour, _)] = results(one), results(two)
    assert np.abs(one_colour.astype(int) - two_colour)[mask > 0].max() <= 1


@pytest.mark.parametrize("content", list(MaskedContent))
def test_masked_content_decides_where_denoising_begins(
    engine: DiffusionEngine, content: MaskedContent, tmp_path: Path
) -> None:
    parameters = wanted(strength=0.5, masked_content=content)
    reports = run(engine, make(tmp_path, parameters))
    assert isinstance(reports[-1], Finished)
    assert reports[-1].resolved.masked_content is content


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


def test_held_work_goes_on_as_if_nothing_had_been(engine: DiffusionEngine, tmp_path: Path) -> None:
    """Also where its model was taken off the shelf meanwhile."""
    alone = make(tmp_path, wanted(steps=12), "alone")
    run(engine, alone)
    held = make(tmp_path, wanted(steps=12), "held")
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


def test_progress_only_grows_and_ends_with_everything_resolved(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    reports = run(engine, make(tmp_path, Parameters(model="sd15", operation=Operation.REMOVE)))
    steps = [report.step for report in reports if isinstance(report, Progress)]
    assert steps == sorted(steps)
    assert isinstance(reports[-1], Finished)
    resolved = reports[-1].resolved
    assert all(getattr(resolved, field.name) is not None for field in fields(resolved))
    assert resolved.masked_content is MaskedContent.FILL


def test_previews_begin_early_are_jpegs_and_are_not_too_many(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    steps = 120
    reports = run(engine, make(tmp_path, wanted(steps=steps)))
    previews = [report for report in reports if isinstance(report, Preview)]
    first = reports.index(previews[0])
    before = [r for r in reports[:first] if isinstance(r, Progress)]
    assert before[-1].step <= steps / 5
    assert len(previews) <= steps / 4
    for preview in previews:
        decoded = cv2.imdecode(np.frombuffer(preview.image, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        assert preview.bounds == Bounds(0, 0, WIDTH, HEIGHT)
        assert len(preview.image) <= 64_000


def test_without_a_preview_side_there_are_no_previews(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    reports = run(engine, make(tmp_path, wanted(), preview_side=0))
    assert not [report for report in reports if isinstance(report, Preview)]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (wanted("flux", negative_prompt="blurred"), "NEGATIVE_PROMPT_UNSUPPORTED"),
        (wanted(strength=0.01), "STRENGTH_TOO_LOW"),
    ],
)
def test_what_shows_late_ends_the_job_with_a_sentence(
    engine: DiffusionEngine, parameters: Parameters, code: str, tmp_path: Path
) -> None:
    ending = run(engine, make(tmp_path, parameters))[-1]
    assert isinstance(ending, Failed)
    assert ending.refused
    assert ending.code == code
    assert ending.message.endswith(".")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (wanted("nobody"), "MODEL_UNKNOWN"),
        (wanted("flux", scheduler=Scheduler.DDIM), "SCHEDULER_UNSUPPORTED"),
        (wanted(operation=Operation.INSTRUCT), "OPERATION_UNSUPPORTED"),
        (wanted("flux-kontext", operation=Operation.REMOVE), "OPERATION_UNSUPPORTED"),
        (
            wanted(gray=Gray.PARTIAL, masked_content=MaskedContent.BLUR),
            "MASKED_CONTENT_UNSUPPORTED",
        ),
    ],
)
def test_what_shows_at_once_is_refused_at_once(
    engine: DiffusionEngine, parameters: Parameters, code: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as refused:
        engine.start(make(tmp_path, parameters))
    assert refused.value.code == code


def test_true_guidance_lets_a_distilled_model_take_a_negative_prompt(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    with_it = make(tmp_path, wanted("flux", negative_prompt="blue", true_guidance=True), "with")
    other = make(tmp_path, wanted("flux", negative_prompt="red", true_guidance=True), "other")
    together(engine, [with_it, other])
    [(_, one, mask)], [(_, two, _)] = results(with_it), results(other)
    assert (one != two)[mask > 0].any()


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


def test_the_colours_a_vae_shifts_are_matched_to_the_surroundings(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A VAE that returns the picture, but darker, leaves no dark patch."""
    run(engine, make(tmp_path, wanted(steps=1), "load"))
    studio = engine._shelf["sd15"]
    gray = np.full((64, 64, 3), 150, np.uint8)
    dark = torch.full((1, 3, 64, 64), 2 * (150 - 15) / 255 - 1)
    monkeypatch.setattr(studio.adapter.autoencoder, "decode", lambda latents: dark)
    selection = np.zeros((64, 64), np.uint8)
    selection[24:40, 24:40] = 255
    work = make(tmp_path, wanted(steps=1), picture=gray, selection=selection)
    run(engine, work)
    [(_, colour, mask)] = results(work)
    assert np.abs(colour[mask > 0].astype(int) - 150).max() <= 1


def large(path: Path, parameters: Parameters, name: str = "large") -> Work:
    """A work whose window is more than twice the tiny models' native side."""
    selection = np.zeros((150, 170), np.uint8)
    selection[40:110, 40:120] = 255
    return make(path, parameters, name, picture=photograph(150, 170), selection=selection)


def sharpness(colour: NDArray[Any], mask: NDArray[np.uint8]) -> float:
    return float(np.abs(cv2.Laplacian(colour.astype(np.float32), cv2.CV_32F))[mask == 255].mean())


def test_a_window_that_had_to_be_reduced_is_refined_at_its_own_size(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = large(tmp_path, wanted(steps=10))
    reports = run(engine, twice)
    steps = [report for report in reports if isinstance(report, Progress) and report.steps]
    assert steps[-1].step == steps[-1].steps == 10 + 3
    assert "refining" in {report.phase for report in steps}
    [(_, refined, mask)] = results(twice)
    monkeypatch.setattr("sfumato.engines.diffusion.painting.COARSE", 0.0)
    once = large(tmp_path, wanted(steps=10), "once")
    run(engine, once)
    [(_, coarse, _)] = results(once)
    assert sharpness(refined, mask) > 1.2 * sharpness(coarse, mask)
    assert np.array_equal(refined[mask == 0], photograph(150, 170)[mask == 0])


def test_by_degrees_there_is_no_second_pass(engine: DiffusionEngine, tmp_path: Path) -> None:
    reports = run(engine, large(tmp_path, wanted(steps=10, gray=Gray.PARTIAL)))
    assert max(report.steps for report in reports if isinstance(report, Progress)) == 10


@pytest.mark.parametrize("where", ["encode", "predict"])
def test_a_second_pass_that_does_not_fit_leaves_the_first_ones_result(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    run(engine, make(tmp_path, wanted(steps=1), "load"))
    adapter = engine._shelf["sd15"].adapter
    predict, posterior = adapter.predict, adapter.autoencoder.posterior

    def cramped_predict(rows: Rows) -> torch.Tensor:
        if rows.latents[0, 0].numel() > 100:
            raise torch.OutOfMemoryError("simulated")
        return predict(rows)

    def cramped_posterior(pixels: torch.Tensor) -> Any:
        if pixels[0, 0].numel() > 6400:
            raise torch.OutOfMemoryError("simulated")
        return posterior(pixels)

    if where == "predict":
        monkeypatch.setattr(adapter, "predict", cramped_predict)
    else:
        monkeypatch.setattr(adapter.autoencoder, "posterior", cramped_posterior)
    # A seed of its own: what was encoded before is remembered.
    work = large(tmp_path, wanted(steps=10, seed=99), where)
    reports = run(engine, work)
    assert isinstance(reports[-1], Finished)
    assert "SECOND_PASS_LEFT_OUT" in {r.code for r in reports if isinstance(r, Notice)}
    [(_, colour, mask)] = results(work)
    assert (colour != photograph(150, 170))[mask == 255].any(axis=-1).mean() > 0.9


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("sd15-objecting", {}, "UNSAFE_RESULT"),
        ("sd15-objecting", {"safety_checker": "off"}, ""),
        ("sd15-content", {}, ""),
    ],
)
def test_a_models_safety_checker_is_heard_unless_it_is_turned_off(
    name: str, options: dict[str, str], code: str, tmp_path: Path
) -> None:
    engine = DiffusionEngine("cpu", options | {f"model:{name}": str(tiny_model(name))})
    ending = run(engine, make(tmp_path, wanted(name, steps=2)))[-1]
    engine.close()
    assert (ending.code if isinstance(ending, Failed) else "") == code


def test_an_instruction_sees_what_it_is_about(engine: DiffusionEngine, tmp_path: Path) -> None:
    """Two pictures that differ under the mask alone give two results, even at full strength."""
    other = picture().copy()
    other[18:38, 22:48] = (0, 255, 0)
    parameters = wanted("flux-kontext", operation=Operation.INSTRUCT, prompt="make it blue")
    one, two = make(tmp_path, parameters, "one"), make(tmp_path, parameters, "two", picture=other)
    together(engine, [one, two])
    [(_, one_colour, mask)], [(_, two_colour, _)] = results(one), results(two)
    assert np.abs(one_colour.astype(int) - two_colour)[mask > 0].max() > 1
    assert np.array_equal(one_colour[mask == 0], picture()[mask == 0])


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


def test_an_enhanced_prompt_is_told_and_can_be_repeated(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    picture = photograph(HEIGHT, WIDTH)
    work = work_of(tmp_path / "a", picture, rectangle(), wanted(enhance_prompt=True))
    reports = run(engine, work)
    told = reports[-1]
    assert isinstance(told, Finished)
    [notice] = [report for report in reports if isinstance(report, Notice)]
    assert notice.code == "PROMPT_ENHANCED"
    added = notice.message.removeprefix("Added to the prompt: ").rstrip(".")
    assert told.resolved.prompt == f"a red vase, {added}"
    again = work_of(tmp_path / "b", picture, rectangle(), told.resolved)
    assert run(engine, again)[-1].resolved == told.resolved
    assert np.array_equal(results(again)[0][1], results(work)[0][1])


def test_new_canvas_is_painted_from_a_fill_and_windows_fade_into_each_other(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    growth = Growth.of(Extent(96, 80), Sides(left=60, bottom=40), overlap=8)
    selection = np.full((growth.canvas.height, growth.canvas.width), 255, np.uint8)
    selection[slices(growth.known)] = 0
    image = np.zeros((*selection.shape, 3), np.uint8)
    image[slices(growth.known)] = photograph(80, 96)
    places = tiles(growth, Model(native_area=32 * 32))
    assert len(places) > 6
    asked = wanted(steps=3, feather=8.0)
    pieces = [Piece(*place) for place in places]
    work = work_of(tmp_path / "a", image, selection, asked, pieces)
    reports = run(engine, replace(work, known=growth.known))
    assert isinstance(reports[-1], Finished)
    assert reports[-1].resolved.masked_content is MaskedContent.FILL
    whole = image.copy()
    for window, color, mask in results(work):
        whole[slices(window)] = laid(whole[slices(window)], color, mask)
    assert np.array_equal(whole[slices(growth.untouched)], image[slices(growth.untouched)])
    assert (whole[selection > 0] != image[selection > 0]).any(axis=-1).mean() > 0.9
    # The steps over the lines between cores are like those in the new part everywhere.
    steps = np.abs(np.diff(whole.astype(float), axis=1)).sum(axis=2)[80:]
    lines = sorted({core.x - 1 for _, core in places if core.y >= 80 and core.x})
    assert lines
    assert steps[:, lines].mean() < 1.5 * steps.mean()
