"""The engine, from works in arenas to results in arenas, with tiny models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import Failed, Finished
from sfumato.engines.parameters import MaskedContent, Operation
from sfumato.imaging.compose import laid
from sfumato_client import Extent, Growth, Model, Sides, tiles
from tests.support.diffusion import photograph
from tests.support.painting import make, picture, rectangle, together, wanted
from tests.support.tiny_models import FAMILIES, tiny_model
from tests.support.works import Piece, results, run, slices, work_of

pytestmark = pytest.mark.usefixtures("nothing_is_left")


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


def test_true_guidance_lets_a_distilled_model_take_a_negative_prompt(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    with_it = make(tmp_path, wanted("flux", negative_prompt="blue", true_guidance=True), "with")
    other = make(tmp_path, wanted("flux", negative_prompt="red", true_guidance=True), "other")
    together(engine, [with_it, other])
    [(_, one, mask)], [(_, two, _)] = results(with_it), results(other)
    assert (one != two)[mask > 0].any()


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


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("sd15-objecting", {}, "UNSAFE_RESULT"),
        ("sd15-objecting", {"safety_checker": "off"}, ""),
        ("sd15-content", {}, ""),
    ],
)
def test_a_models_safety_checker_is_heard_unless_it_is_turned_off(
    name: str, options: dict[str, str], code: str, device: str, tmp_path: Path
) -> None:
    engine = DiffusionEngine(device, options | {f"model:{name}": str(tiny_model(name))})
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
