"""Requests as they are before their first step, and what becomes of soft masks in latents."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.denoise import denoise, guided
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation, Sampling
from sfumato.engines.diffusion.request import Additions, Request, Rows
from sfumato.engines.parameters import Scheduler
from sfumato.models.description import describe
from sfumato.models.families import families
from tests.support.diffusion import SIDE, adapter, as_amount, as_pixels, photograph, run
from tests.support.tiny_models import FAMILIES, tiny_model

BANDS = np.linspace(0, 255, 8).round().astype(np.uint8)


def sampling(family: str, **changes: object) -> Sampling:
    values = {
        "scheduler": families()[family].scheduler,
        "steps": 16,
        "strength": 1.0,
        "guidance": 4.0,
        "seed": 5,
    }
    return Sampling(**(values | changes))  # type: ignore[arg-type]


def prepared(
    family: str,
    amount: np.ndarray,
    masking: Masking,
    preparation: Preparation | None = None,
    negative: str = "",
    **changes: object,
) -> Request:
    picture = Picture(as_pixels(photograph(*amount.shape)), as_amount(amount), masking)
    preparation = preparation or Preparation(family, adapter(family))
    return preparation.request(picture, "a red vase", negative, sampling(family, **changes))


def gray_bands(width: int = 8) -> np.ndarray:
    """Eight upright bands from black to white, each so many pixels wide."""
    return np.tile(np.repeat(BANDS, width), (8 * width, 1))


def rectangle() -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[16:48, 16:64] = 255
    return mask


@pytest.mark.parametrize("family", FAMILIES)
def test_the_more_gray_the_further_latents_move(family: str) -> None:
    bands = gray_bands(adapter(family).autoencoder.scale)
    requests = [prepared(family, bands, Masking.PARTIAL, steps=8, seed=seed) for seed in range(8)]
    originals = [request.original for request in requests]
    run(adapter(family), requests)
    moved = [
        (request.latents - original).abs().mean(dim=(0, 1, 2))
        for request, original in zip(requests, originals, strict=True)
        if original is not None
    ]
    change = torch.stack(moved).mean(dim=0)
    assert change[0] == 0
    assert (change.diff() > 0).all(), change


@pytest.mark.parametrize("family", FAMILIES)
def test_in_blend_nothing_of_the_original_is_left_in_any_latent_under_the_mask(
    family: str,
) -> None:
    """At full strength the result under the mask depends on the surroundings alone."""
    faint = rectangle() // 255
    soft = prepared(family, faint, Masking.BLEND)
    hard = prepared(family, rectangle(), Masking.BLEND)
    run(adapter(family), [soft, hard])
    assert torch.allclose(soft.latents, hard.latents, atol=1e-4)


@pytest.mark.parametrize("family", ["sd15", "sdxl", "sd3", "flux", "flux-kontext"])
def test_in_blend_latents_outside_the_mask_end_as_the_originals(family: str) -> None:
    request = prepared(family, rectangle(), Masking.BLEND)
    run(adapter(family), [request])
    outside = (request.change == 0).expand_as(request.latents)
    assert request.original is not None
    assert torch.equal(request.latents[outside], request.original[outside])


def test_remembered_texts_and_pictures_change_no_result() -> None:
    preparation = Preparation("sd15", adapter("sd15"))
    fresh = prepared("sd15", rectangle(), Masking.BLEND, preparation, strength=0.7)
    again = prepared("sd15", rectangle(), Masking.BLEND, preparation, strength=0.7)
    run(adapter("sd15"), [fresh])
    run(adapter("sd15"), [again])
    assert torch.equal(fresh.latents, again.latents)


def test_texts_and_pictures_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = adapter("sd15-inpaint")
    preparation = Preparation("sd15-inpaint", model)
    prepared("sd15-inpaint", rectangle(), Masking.BLEND, preparation, strength=0.7)

    def again(*_: object) -> None:
        raise AssertionError("was encoded before")

    monkeypatch.setattr(model, "encode", again)
    monkeypatch.setattr(model.autoencoder, "posterior", again)
    prepared("sd15-inpaint", rectangle(), Masking.BLEND, preparation, strength=0.7, seed=6)


@pytest.mark.parametrize("family", ["flux", "flux-fill"])
def test_a_distilled_model_takes_one_row_and_no_negative_prompt(family: str) -> None:
    assert len(prepared(family, rectangle(), Masking.BLEND).prompts) == 1
    with pytest.raises(Refused, match="true guidance"):
        prepared(family, rectangle(), Masking.BLEND, negative="blurred")


def test_true_guidance_takes_two_rows_and_keeps_the_models_own_at_its_default() -> None:
    request = prepared(
        "flux", rectangle(), Masking.BLEND, negative="blurred", guidance=2.0, true_guidance=True
    )
    assert len(request.prompts) == 2
    assert request.guidance == 2.0
    assert request.embedded_guidance == families()["flux"].guidance_scale


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 1), (1.5, 2)])
def test_guidance_of_one_needs_no_second_row(guidance: float, rows: int) -> None:
    request = prepared("sd15", rectangle(), Masking.BLEND, guidance=guidance)
    assert len(request.prompts) == rows


def test_requests_of_other_sizes_or_models_have_other_keys() -> None:
    request = prepared("sd15", rectangle(), Masking.BLEND)
    same = prepared("sd15", gray_bands(), Masking.PARTIAL, scheduler=Scheduler.DDIM, steps=3)
    assert request.key == same.key
    assert request.key != prepared("sdxl", rectangle(), Masking.BLEND).key


def test_a_negative_prompt_without_guidance_is_refused() -> None:
    with pytest.raises(Refused, match="above 1"):
        prepared("sd15", rectangle(), Masking.BLEND, negative="blurred", guidance=1.0)


def test_strength_that_leaves_no_step_is_refused() -> None:
    with pytest.raises(Refused, match="none of the 16 steps"):
        prepared("sd15", rectangle(), Masking.BLEND, strength=0.05)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["sd15-inpaint", "flux"])
def test_a_seed_means_the_same_noise_in_every_precision(
    family: str, precision: torch.dtype
) -> None:
    model = describe(family, tiny_model(family))
    half = Preparation(family, load_adapter(model, torch.device("cpu"), precision))
    exact, rounded = (
        prepared(family, rectangle(), Masking.BLEND, preparation) for preparation in (None, half)
    )
    assert torch.equal(rounded.noise, exact.noise)
    # The next draws, too: those of samplers that draw in every step.
    assert torch.equal(rounded.generator.get_state(), exact.generator.get_state())


class Still:
    """A network that predicts the same whatever it is given, in the precision it is given it."""

    def equip(self, additions: Additions) -> None:
        """Nothing is added."""

    def predict(self, rows: Rows) -> torch.Tensor:
        """The same for every latent."""
        return torch.full_like(rows.latents, 0.25)

    def guide(self, predictions: torch.Tensor, scale: float) -> torch.Tensor:
        """As most families do."""
        return guided(predictions, scale)


@pytest.mark.parametrize("scheduler", families()["sd15-inpaint"].schedulers)
def test_samplers_compute_and_draw_in_float32(scheduler: Scheduler) -> None:
    model = describe("sd15-inpaint", tiny_model("sd15-inpaint"))
    half = Preparation("half", load_adapter(model, torch.device("cpu"), torch.bfloat16))
    exact, rounded = (
        prepared("sd15-inpaint", rectangle(), Masking.BLEND, preparation, scheduler=scheduler)
        for preparation in (None, half)
    )
    for request in (exact, rounded):
        while request.remaining:
            denoise(Still(), [request])
    assert torch.equal(rounded.latents, exact.latents)
