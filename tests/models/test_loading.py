"""Where models are loaded to, and in which precision."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from sfumato.models.description import describe
from sfumato.models.loading import default_dtype, device_named, load_pipeline
from tests.support.tiny_models import FAMILIES, tiny_model


def test_a_cpu_computes_in_full_precision() -> None:
    assert default_dtype(torch.device("cpu")) is torch.float32


def test_auto_is_a_device_that_is_there() -> None:
    torch.zeros(1, device=device_named("auto"))
    assert device_named("cpu") == torch.device("cpu")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_loads_in_the_wanted_precision(family: str, dtype: torch.dtype) -> None:
    model = describe(family, tiny_model(family))
    pipeline = load_pipeline(model, torch.device("cpu"), dtype)
    assert getattr(pipeline, model.family.denoiser).dtype is dtype


def test_pickled_weights_are_not_loaded_even_beside_a_description(tmp_path: Path) -> None:
    """The last line of defence: the directory changes after it was described."""
    directory = Path(shutil.copytree(tiny_model("sd15"), tmp_path / "model"))
    model = describe("mine", directory)
    for weights in (directory / "unet").glob("*.safetensors"):
        weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(OSError, match="safetensors"):
        load_pipeline(model, torch.device("cpu"), torch.float32)


def test_weights_that_lie_in_half_precision_only_are_found(tmp_path: Path) -> None:
    directory = Path(shutil.copytree(tiny_model("sdxl"), tmp_path / "model"))
    for weights in directory.glob("*/*.safetensors"):
        weights.rename(weights.with_suffix(".fp16.safetensors"))
    pipeline = load_pipeline(describe("mine", directory), torch.device("cpu"), torch.float32)
    assert pipeline.unet.dtype is torch.float32
