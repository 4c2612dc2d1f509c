"""Models in a single file: told from their headers, and loaded as the same model's directory is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
import transformers
from accelerate import init_empty_weights
from diffusers.loaders.single_file_utils import convert_flux_transformer_checkpoint_to_diffusers
from safetensors.torch import load_file, save_file
from torch import Tensor

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import Failed, Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.checkpoints import describe_checkpoint
from sfumato.models.clip import clip_tokenizer
from sfumato.models.description import Model, describe
from sfumato.models.errors import UnusableModel
from sfumato.models.library import recognized
from sfumato.models.loading import load_pipeline
from sfumato.models.registry import Registry
from sfumato.models.weights import UNET
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_checkpoints import (
    Weights,
    clip_weights,
    open_clip_weights,
    tiny_checkpoint,
    unet_weights,
    vae_weights,
)
from tests.support.tiny_flux_checkpoints import flux_weights
from tests.support.tiny_models import tiny_model
from tests.support.works import results, run, work_of

CPU = torch.device("cpu")
SETTINGS = Path(str(resources.files("sfumato.models").joinpath("settings")))
# Published numbers of weights of the real networks.
UNETS = {
    "sd15": 859_520_964,
    "sd15-inpaint": 859_535_364,
    "sdxl": 2_567_463_684,
    "sdxl-inpaint": 2_567_478_084,
}
VAE, CLIP, OPEN_CLIP = 83_653_863, 123_060_480, 694_659_840


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("sd15", ""),
        ("sd15-inpaint", ""),
        ("sdxl-narrow", ""),
        ("flux", ""),
        ("flux2-klein", ""),
        ("flux2-klein", UNET),
        ("sd3", ""),
        ("sd3", UNET),
        ("z-image", ""),
        ("z-image", UNET),
        ("qwen-image", ""),
        ("qwen-image", UNET),
    ],
)
def test_a_file_is_loaded_as_the_models_directory_is(
    name: str, prefix: str, tmp_path: Path
) -> None:
    file = tiny_checkpoint(name, tmp_path, prefix)
    model = recognized("mine", file)
    assert isinstance(model, Model)
    from_file = load_pipeline(model, CPU, torch.float32)
    from_directory = load_pipeline(describe("mine", tiny_model(name)), CPU, torch.float32)
    for part, module in from_directory.components.items():
        if isinstance(module, torch.nn.Module):
            loaded = from_file.components[part].state_dict()
            assert loaded.keys() == module.state_dict().keys()
            assert all(
                torch.equal(loaded[key], value) for key, value in module.state_dict().items()
            )


def test_flux_under_its_first_names_becomes_the_whole_network() -> None:
    """Its names and shapes alone: the library takes weights of the real width only, 24 GB."""
    with init_empty_weights():
        network = diffusers.FluxTransformer2DModel(guidance_embeds=True)
    original = flux_weights(dict(network.state_dict()))
    assert any(name.startswith("double_blocks.") for name in original)
    assert len(original) == 780  # As published.
    made = convert_flux_transformer_checkpoint_to_diffusers(dict(original))
    wanted = {name: weight.shape for name, weight in network.state_dict().items()}
    assert {name: weight.shape for name, weight in made.items()} == wanted


def test_what_a_file_takes_in_memory_is_told_by_its_header(tmp_path: Path) -> None:
    file = tiny_checkpoint("sd15", tmp_path)
    model = describe_checkpoint("mine", file)
    assert model.part_bytes(4) == describe("mine", tiny_model("sd15")).part_bytes(4)


@pytest.mark.parametrize("name", ["sd15", "flux"])
def test_a_file_paints_what_the_models_directory_paints(name: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    paths = {"file": tiny_checkpoint(name, tmp_path), "directory": tiny_model(name)}
    engine = DiffusionEngine("cpu", {f"model:{key}": str(path) for key, path in paths.items()})
    selection = torch.zeros(SIDE, SIDE, dtype=torch.uint8).numpy()
    selection[16:48, 16:48] = 255
    painted = []
    for key in paths:
        parameters = Parameters(
            operation=Operation.GENERATE, model=key, prompt="a red vase", seed=3, steps=4
        )
        work = replace(
            work_of(tmp_path / f"{key}.arena", photograph(), selection, parameters), id=key
        )
        assert isinstance(run(engine, work)[-1], Finished)
        painted.append(results(work)[0][1])
    engine.close()
    assert (painted[0] == painted[1]).all()


@pytest.mark.parametrize("name", ["sd3", "z-image", "qwen-image"])
def test_weights_in_eight_bits_are_loaded_as_they_are(name: str, tmp_path: Path) -> None:
    file = tiny_checkpoint(name, tmp_path)
    rounded = {key: value.to(torch.float8_e4m3fn) for key, value in load_file(file).items()}
    save_file(rounded, file)
    whole = load_pipeline(describe("mine", tiny_model(name)), CPU, torch.float32)
    loaded = load_pipeline(describe_checkpoint("mine", file), CPU, torch.float32)
    expected = whole.transformer.state_dict()
    for key, value in loaded.transformer.state_dict().items():
        assert value.dtype is torch.float32
        assert torch.equal(value, expected[key].to(torch.float8_e4m3fn).float())


@pytest.mark.parametrize("scale", ["scaled_fp8", "layers.0.ff.weight.absmax", "x.scale_weight"])
def test_weights_that_need_scales_are_refused(scale: str, tmp_path: Path) -> None:
    file = tiny_checkpoint("flux", tmp_path)
    save_file(load_file(file) | {scale: torch.ones(1)}, file)
    with pytest.raises(UnusableModel, match="bf16, fp16 or plain fp8"):
        recognized("mine", file)


def test_a_file_of_stable_diffusion_3_says_that_it_needs_a_directory(tmp_path: Path) -> None:
    """Also one that brings its text encoders and its VAE."""
    file = tiny_checkpoint("sd3", tmp_path, UNET)
    parts = {"first_stage_model.x": torch.ones(1), "text_encoders.clip_l.x": torch.ones(1)}
    save_file(load_file(file) | parts, file)
    assert load_pipeline(describe_checkpoint("mine", file), CPU, torch.float32)
    shutil.rmtree(file.with_suffix(""))
    with pytest.raises(UnusableModel, match=r"beside it, .*, with its settings"):
        recognized("mine", file)


def test_a_damaged_file_fails_its_job(tmp_path: Path) -> None:
    file = tiny_checkpoint("sd15", tmp_path)
    engine = DiffusionEngine("cpu", {"model:mine": str(file)})
    file.write_bytes(file.read_bytes()[:-1000])
    parameters = Parameters(operation=Operation.GENERATE, model="mine", prompt="a vase", seed=3)
    selection = torch.full((SIDE, SIDE), 255, dtype=torch.uint8).numpy()
    failed = run(engine, work_of(tmp_path / "arena", photograph(), selection, parameters))[-1]
    engine.close()
    assert isinstance(failed, Failed)
    assert failed.code == "MODEL_UNUSABLE"
    assert "ends before its weights do" in failed.message


@pytest.mark.parametrize("family", UNETS)
def test_shipped_settings_are_those_of_the_real_networks(family: str) -> None:
    counts = {part: sum(p.numel() for p in module.parameters()) for part, module in real(family)}
    assert counts["unet"] == UNETS[family]
    assert counts["vae"] == VAE
    assert counts["text_encoder"] == CLIP
    assert counts.get("text_encoder_2", OPEN_CLIP) == OPEN_CLIP


@pytest.mark.parametrize("family", UNETS)
def test_a_real_file_is_told_by_its_header(family: str, tmp_path: Path) -> None:
    """Of the real size, with names and shapes and no content."""
    file = tmp_path / "model.safetensors"
    write_empty(file, real_weights(family))
    model = recognized("mine", file)
    assert model == replace(describe("mine", SETTINGS / family), file=file)
    assert Registry(tmp_path).add("mine", file) == model
    assert sum(model.part_bytes(2).values()) > 2e9


def test_the_tokenizer_is_clips() -> None:
    tokenizer = clip_tokenizer()
    assert len(tokenizer) == 49408
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("x", padding="max_length").input_ids[-1] == 49407
    assert clip_tokenizer("!")("x", padding="max_length").input_ids[-1] == 0


def test_a_network_alone_says_what_it_needs_beside_it(tmp_path: Path) -> None:
    file = tiny_checkpoint("flux", tmp_path)
    shutil.rmtree(file.with_suffix(""))
    with pytest.raises(UnusableModel, match=f"beside it, {file.with_suffix('')}, with its other"):
        recognized("mine", file)


def test_a_network_that_predicts_otherwise_is_refused(tmp_path: Path) -> None:
    weights = real_weights("sdxl") | {"v_pred": torch.empty(0, device="meta")}
    write_empty(tmp_path / "model.safetensors", weights)
    with pytest.raises(UnusableModel, match="v-prediction"):
        recognized("mine", tmp_path / "model.safetensors")


def test_an_unknown_kind_of_model_is_refused(tmp_path: Path) -> None:
    """Stable Diffusion 2, whose settings differ from model to model."""
    weights = {
        key: torch.empty(value.shape[0], 1024, device="meta") if "attn2.to_k" in key else value
        for key, value in real_weights("sd15").items()
    }
    write_empty(tmp_path / "model.safetensors", weights)
    with pytest.raises(UnusableModel, match="whose settings Sfumato does not bring"):
        recognized("mine", tmp_path / "model.safetensors")


def test_a_part_of_a_directory_is_refused(tmp_path: Path) -> None:
    [part] = (tiny_model("sd15") / "unet").glob("*.safetensors")
    with pytest.raises(UnusableModel, match="name the model's directory"):
        recognized("mine", part)
    save_file({"down_blocks.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UnusableModel, match="no model"):
        recognized("mine", tmp_path / "other.safetensors")


def real(family: str) -> list[tuple[str, Any]]:
    """The parts of the real networks, without any weights."""
    directory = SETTINGS / family
    index = json.loads((directory / "model_index.json").read_text())
    built = []
    for part, source in index.items():
        if (directory / part / "config.json").is_file():
            settings = json.loads((directory / part / "config.json").read_text())
            with init_empty_weights():
                if source[0] == "diffusers":
                    module = getattr(diffusers, source[1]).from_config(settings)
                else:
                    kind = getattr(transformers, source[1])
                    module = kind(kind.config_class.from_dict(settings))
            built.append((part, module))
    return built


def real_weights(family: str) -> Weights:
    """Names and shapes of a real file."""
    parts = {part: module.state_dict() for part, module in real(family)}
    text = (
        "cond_stage_model.transformer."
        if len(parts) == 3
        else "conditioner.embedders.0.transformer."
    )
    beginnings = {
        "model.diffusion_model.": unet_weights(parts["unet"], 2),
        "first_stage_model.": vae_weights(parts["vae"], 4),
        f"{text}text_model.": clip_weights(parts["text_encoder"]),
    }
    if "text_encoder_2" in parts:
        beginnings["conditioner.embedders.1.model."] = open_clip_weights(parts["text_encoder_2"])
    return {
        begin + key: value
        for begin, weights in beginnings.items()
        for key, value in weights.items()
    }


def write_empty(file: Path, weights: dict[str, Tensor]) -> None:
    """A file of these shapes in half precision, which takes no room on a disk that knows holes."""
    end, header = 0, {}
    for key, value in weights.items():
        size = 2 * value.numel()
        header[key] = {
            "dtype": "F16",
            "shape": list(value.shape),
            "data_offsets": [end, end + size],
        }
        end += size
    text = json.dumps(header).encode()
    with file.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        out.truncate(8 + len(text) + end)
