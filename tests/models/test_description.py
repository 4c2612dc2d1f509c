"""What a model directory holds is read without loading it, and what is unsafe is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sfumato.models.description import describe
from sfumato.models.errors import UnusableModel
from sfumato.models.families import families
from tests.support.tiny_models import FAMILIES, tiny_model


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A tiny model that a test may spoil."""
    return Path(shutil.copytree(tiny_model("sd15-inpaint"), tmp_path / "model"))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_told_from_its_files(family: str) -> None:
    model = describe("mine", tiny_model(family))
    assert model.family is families()[family]
    assert model.name == "mine"
    assert model.native_side == 64


def test_stable_diffusion_2_is_told_by_its_text_encoders_width(copied: Path) -> None:
    config = copied / "unet" / "config.json"
    changed = json.loads(config.read_text()) | {"cross_attention_dim": 1024, "sample_size": 64}
    config.write_text(json.dumps(changed))
    model = describe("mine", copied)
    assert model.family.name == "sd2-inpaint"
    assert model.native_side == 512


def test_a_directory_without_a_model_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match=r"model_index\.json"):
        describe("mine", tmp_path)


def test_weights_that_could_run_code_are_refused(copied: Path) -> None:
    for weights in (copied / "unet").glob("*.safetensors"):
        weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(UnusableModel, match="can run code"):
        describe("mine", copied)


def test_a_pipeline_with_code_of_its_own_is_refused(copied: Path) -> None:
    index = copied / "model_index.json"
    changed = json.loads(index.read_text()) | {"_class_name": ["pipeline", "MyPipeline"]}
    index.write_text(json.dumps(changed))
    with pytest.raises(UnusableModel, match="code of its own"):
        describe("mine", copied)


def test_a_pipeline_of_another_kind_is_refused_by_name(copied: Path) -> None:
    index = copied / "model_index.json"
    index.write_text(json.dumps({"_class_name": "WanPipeline"}))
    with pytest.raises(UnusableModel, match="WanPipeline"):
        describe("mine", copied)


def test_a_denoiser_of_other_channels_is_refused(copied: Path) -> None:
    config = copied / "unet" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"in_channels": 8}))
    with pytest.raises(UnusableModel, match="8 channels"):
        describe("mine", copied)


def test_a_broken_file_is_named(copied: Path) -> None:
    (copied / "model_index.json").write_text("{")
    with pytest.raises(UnusableModel, match=r"model_index\.json cannot be read"):
        describe("mine", copied)


def test_describing_models_does_not_import_torch() -> None:
    code = (
        "import sys; from pathlib import Path; from sfumato.models.description import describe;"
        "describe('mine', Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tiny_model("sdxl"))]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0
