"""What masks promise, seen in decoded pixels, in every family's adapter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation, Sampling
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.families import families
from tests.support.diffusion import SIDE, adapter, as_amount, as_pixels, photograph, run
from tests.support.tiny_models import FAMILIES, tiny_model
from tests.support.works import results, work_of
from tests.support.works import run as run_work

BANDS, BAND = 8, 64
SEEDS = 4
STEPS_TAKEN = 9


def strength_of(family: str) -> float:
    """How far random weights may walk; too long, and all bands end up equally far away."""
    if families()[family].instructs:
        return 0.02
    return 0.3 if len(families()[family].schedulers) > 1 else 0.05


def banded() -> NDArray[np.uint8]:
    """Eight bands of gray, from black to white."""
    levels = np.linspace(0, 255, BANDS).round().astype(np.uint8)
    return np.tile(np.repeat(levels, BAND), (BAND, 1))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_lighter_a_band_the_more_its_pixels_change(family: str) -> None:
    """Pixels as the model's own decoder gives them, against those of the original's latents.

    Each band is decoded alone, as a VAE looks at the whole of what it decodes.
    """
    loaded = adapter(family)
    decode = loaded.autoencoder.decode
    pixels = as_pixels(np.tile(photograph(BAND, BAND), (1, BANDS, 1)))
    picture = Picture(pixels, as_amount(banded()), Masking.PARTIAL)
    changed, strength = np.zeros(BANDS), strength_of(family)
    for seed in range(SEEDS):
        steps = round(STEPS_TAKEN / strength)
        sampling = Sampling(families()[family].scheduler, steps, strength, 1.0, seed)
        request = Preparation(family, loaded).request(picture, "a red vase", "", sampling)
        original = request.original
        assert original is not None
        run(loaded, [request])
        each = original.shape[-1] // BANDS
        bands = zip(original.split(each, -1), request.latents.split(each, -1), strict=True)
        changed += [float((decode(made) - decode(was)).abs().mean()) for was, made in bands]
    assert changed[0] == 0
    assert (np.diff(changed) > 0).all(), changed


def wanted(family: str, **changes: Any) -> Parameters:
    operation = Operation.INSTRUCT if families()[family].instructs else Operation.GENERATE
    parameters = Parameters(operation=operation, model=family, prompt="a vase", seed=3, steps=4)
    return replace(parameters, **changes)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_half_selected_pixels_get_the_colour_of_fully_selected_ones(
    family: str, tmp_path: Path
) -> None:
    """So nothing of the old content is in it, and laid at full coverage none shines through."""
    torch.set_num_threads(1)
    engine = DiffusionEngine("cpu", {f"model:{family}": str(tiny_model(family))})
    colours = []
    for level in (128, 255):
        selection = np.zeros((SIDE, SIDE), np.uint8)
        selection[16:48, 16:48] = level
        work = work_of(tmp_path / str(level), photograph(), selection, wanted(family))
        run_work(engine, work)
        [(_, colour, mask)] = results(work)
        assert np.unique(mask).tolist() == [0, level]
        colours.append(colour[mask > 0].astype(int))
    engine.close()
    assert np.abs(colours[0] - colours[1]).max() <= 1
