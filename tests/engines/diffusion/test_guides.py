"""Control images and reference pictures guide as in the stock pipelines, also in shared passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.controls import Guide
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation, Sampling
from sfumato.engines.diffusion.preprocess import Depth, edges
from sfumato.engines.diffusion.references import WornAdapter
from sfumato.engines.diffusion.request import Additions, Request
from sfumato.models.families import families
from tests.support.diffusion import adapter, as_amount, as_pixels, photograph, run
from tests.support.parity import (
    NEGATIVE,
    PROMPT,
    hard_mask,
    others,
    relative_error,
    request,
    sampling,
    stock_latents,
)
from tests.support.tiny_additions import (
    pipeline,
    tiny_control_net,
    tiny_depth_estimator,
    tiny_ip_adapter,
)

TOLERANCE = 1e-4
FAMILIES = ["sd15", "sd15-inpaint", "sdxl", "sdxl-inpaint"]
STOCK = {
    "sd15": diffusers.StableDiffusionControlNetInpaintPipeline,
    "sdxl": diffusers.StableDiffusionXLControlNetInpaintPipeline,
}


def plain(family: str) -> Sampling:
    return sampling(families()[family].scheduler, 0.7)


def guided(family: str, chosen: Sampling, **of_picture: Any) -> Request:
    picture = Picture(as_pixels(photograph()), as_amount(hard_mask()), Masking.STOCK, **of_picture)
    return Preparation(family, adapter(family)).request(picture, PROMPT, NEGATIVE, chosen)


def control_image(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8)


def as_guide(seed: int, **how: float) -> Guide:
    image = torch.from_numpy(control_image(seed).astype(np.float32) / 255)
    return Guide(image.permute(2, 0, 1)[None], **how)


@pytest.mark.parametrize("family", FAMILIES)
def test_control_images_guide_as_in_the_stock_pipeline(family: str) -> None:
    base = family.removesuffix("-inpaint")
    kinds = [tiny_control_net(base, kind) for kind in ("canny", "depth")]
    chosen = replace(plain(family), additions=Additions(controls=tuple(kinds)))
    networks = [diffusers.ControlNetModel.from_pretrained(kind) for kind in kinds]
    parts = pipeline(family).components
    parts.pop("image_encoder", None)
    stock = STOCK[base](**parts, controlnet=networks)
    stock.set_progress_bar_config(disable=True)
    latents = stock_latents(
        family,
        chosen,
        stock,
        control_image=[Image.fromarray(control_image(seed)) for seed in (1, 2)],
        controlnet_conditioning_scale=[0.8, 1.3],
        control_guidance_start=[0.0, 0.3],
        control_guidance_end=[0.6, 1.0],
    )

    shared = guided(
        family, chosen, guides=(as_guide(1, scale=0.8, end=0.6), as_guide(2, scale=1.3, start=0.3))
    )
    companion = guided(
        family, replace(chosen, seed=8, steps=14), guides=(as_guide(3), as_guide(4, end=0.2))
    )
    unguided = request(family, plain(family))
    run(adapter(family), [shared, companion, unguided, *others(family)])
    assert relative_error(shared.latents, latents) < TOLERANCE
    assert relative_error(unguided.latents, latents) > 10 * TOLERANCE


@pytest.mark.parametrize("family", FAMILIES)
def test_reference_pictures_are_seen_as_in_the_stock_pipeline(family: str) -> None:
    file = tiny_ip_adapter(family.removesuffix("-inpaint"))
    worn = WornAdapter(file, file.parent / "image_encoder", 0.7, 2)
    chosen = replace(plain(family), additions=Additions(reference=worn))
    before = request(family, plain(family))
    run(adapter(family), [before])

    stock = pipeline(family)
    stock.load_ip_adapter(file.parent, subfolder="", weight_name=file.name)
    stock.set_ip_adapter_scale(0.7)
    pictures = tuple(Image.fromarray(control_image(seed)) for seed in (1, 2))
    latents = stock_latents(family, chosen, stock, ip_adapter_image=[list(pictures)])

    shared = guided(family, chosen, references=pictures)
    companion = guided(family, replace(chosen, seed=8, steps=14), references=pictures[::-1])
    unguided = request(family, plain(family))
    run(adapter(family), [shared, companion, unguided])
    assert relative_error(shared.latents, latents) < TOLERANCE
    assert relative_error(unguided.latents, latents) > 10 * TOLERANCE
    assert torch.equal(before.latents, unguided.latents)


def test_a_guide_acts_on_its_part_of_the_steps_alone() -> None:
    guide = as_guide(1, scale=0.5, start=0.2, end=0.8)
    weights = [guide.weight(done, 10) for done in range(10)]
    assert weights == [0, 0, *[0.5] * 6, 0, 0]


def test_a_network_that_does_not_fit_is_refused() -> None:
    file = tiny_ip_adapter("sdxl")
    worn = WornAdapter(file, file.parent / "image_encoder", 1.0, 1)
    before = request("sd15", plain("sd15"))
    with pytest.raises(Refused, match="cannot be used here"):
        adapter("sd15").equip(Additions(reference=worn))
    after = request("sd15", plain("sd15"))
    run(adapter("sd15"), [before, after])
    assert torch.equal(before.latents, after.latents)


def test_edges_are_white_on_black_where_the_picture_has_them() -> None:
    picture = np.zeros((40, 40, 3), np.float32)
    picture[10:30, 10:30] = (1, 0.5, 0)
    found = edges(picture)
    assert set(np.unique(found)) == {0, 1}
    assert found[8:12, 20].any()
    assert not found[:6].any()
    assert not found[15:25, 15:25].any()


def test_depth_has_the_pictures_size_and_the_whole_range() -> None:
    depth = Depth(tiny_depth_estimator(), torch.device("cpu"))(photograph(60, 77) / np.float32(255))
    assert depth.shape == (60, 77, 3)
    assert (depth.min(), depth.max()) == (0, 1)
