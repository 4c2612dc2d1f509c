"""Weights are counted once, whatever else lies beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sfumato.models.description import describe
from sfumato.models.weights import part_sizes, variant_of
from tests.support.tiny_models import tiny_model


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model("sd15"), tmp_path / "model"))


def test_a_second_precision_and_other_programs_files_do_not_count(directory: Path) -> None:
    before = describe("mine", directory).part_bytes(4)
    assert before.keys() == {"unet", "vae", "text_encoder"}
    for weights in list(directory.glob("*/*.safetensors")):
        shutil.copy(weights, weights.with_suffix(".fp16.safetensors"))
        shutil.copy(weights, weights.with_name(f"{weights.stem}.non_ema.safetensors"))
    assert describe("mine", directory).part_bytes(4) == before


def test_half_precision_alone_counts_as_many_weights(directory: Path) -> None:
    before = describe("mine", directory).part_bytes(2)
    for weights in directory.glob("*/*.safetensors"):
        weights.rename(weights.with_suffix(".fp16.safetensors"))
    assert variant_of(directory / "unet") == "fp16"
    assert describe("mine", directory).part_bytes(2) == before


def test_a_directory_without_weights_has_no_parts(tmp_path: Path) -> None:
    (tmp_path / "scheduler").mkdir()
    assert part_sizes(tmp_path, None) == {}
