"""Previews by tiny decoders, from their files to what an artist sees."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import Conv2d

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.looks import Decoding, Projection
from sfumato.engines.diffusion.placement import bytes_of
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Finished, Preview
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.decoders import TinyDecoder
from sfumato.models.description import describe
from sfumato.models.errors import UnusableModel
from sfumato.models.library import Library, recognized, told
from tests.support.diffusion import SIDE, as_pixels, photograph
from tests.support.tiny_additions import tiny_decoder
from tests.support.tiny_models import tiny_model
from tests.support.works import run, work_of

CPU = torch.device("cpu")
WEIGHTS = "diffusion_pytorch_model.safetensors"


def opened(family: str = "sd15", **added: Path) -> Studio:
    directory = added.pop("directory", tiny_model(family))
    return Studio.open(describe(family, directory), CPU, torch.float32, library=Library(added))


def stock(directory: Path) -> Any:
    return diffusers.AutoencoderTiny.from_pretrained(directory).eval()


@pytest.mark.parametrize(
    ("family", "name", "channels"),
    [("sd15", "taesd", 4), ("sdxl", "taesdxl", 4), ("sd3", "taesd3", 16), ("flux", "taef1", 16)],
)
def test_latents_are_shown_as_the_stock_decoder_shows_them(
    family: str, name: str, channels: int
) -> None:
    """As the stock pipelines call it when it takes the VAE's place: in the denoiser's scale."""
    directory = tiny_decoder(name, channels)
    look = opened(family, taesd=directory).look
    assert isinstance(look, Decoding)
    latents = torch.randn((1, channels, 6, 8), generator=torch.manual_seed(0))
    shown = look(latents)
    theirs = stock(directory)
    with torch.inference_mode():
        picture = theirs.decode(latents / theirs.config.scaling_factor).sample
    expected = diffusers.image_processor.VaeImageProcessor.denormalize(picture)
    assert shown.shape == (48, 64, 3)
    assert shown.dtype == np.float32
    assert 0 <= shown.min() < shown.max() <= 1
    assert np.abs(shown - expected[0].permute(1, 2, 0).numpy()).max() < 1e-5


def test_scale_and_range_are_those_of_the_models_own_latents(tmp_path: Path) -> None:
    """A decoder made to do what the projection has measured shows the same colours."""
    autoencoder = opened().adapter.autoencoder
    projection = Projection(autoencoder)
    look = opened(taesd=_linear(tmp_path / "taesd", projection._map.float())).look
    assert isinstance(look, Decoding)
    # Decoders bend large values.
    latents = 0.1 * autoencoder.scaled(autoencoder.posterior(as_pixels(photograph())).mode())
    small = projection(latents)
    large = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    assert np.ptp(small) > 0.001
    assert np.abs(look(latents) - large).max() < 0.05 * np.ptp(small)


def _linear(directory: Path, colours: torch.Tensor) -> Path:
    """A tiny decoder that maps latents and a 1 to -1..1 by ``colours``, (C + 1, 3)."""
    network = stock(tiny_decoder())
    convolutions = [each for each in network.decoder.modules() if isinstance(each, Conv2d)]
    for each in convolutions:
        each.weight.data.zero_()
        if each.bias is not None:
            each.bias.data.zero_()
    channels = len(colours) - 1
    both = torch.cat([torch.eye(channels), -torch.eye(channels)])  # what is below 0 is cut off
    for layer in network.decoder.layers:
        if layer in convolutions[1:-1]:
            layer.weight.data[..., 1, 1] = torch.eye(2 * channels)
    convolutions[0].weight.data[..., 1, 1] = both
    convolutions[-1].weight.data[..., 1, 1] = (both @ colours[:-1] / 2).T
    convolutions[-1].bias.data[:] = colours[-1] / 2 + 0.5
    network.save_pretrained(directory, safe_serialization=True)
    return directory


def test_a_decoder_in_the_models_own_directory_goes_before_an_added_one(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    shutil.copytree(tiny_model("sd15"), directory)
    shutil.copytree(tiny_decoder(), directory / "tiny")
    weights = load_file(directory / "tiny" / WEIGHTS)
    darker = {key: 0.5 * weight for key, weight in weights.items()}
    save_file(darker, directory / "tiny" / WEIGHTS, metadata={"format": "pt"})
    latents = torch.randn((1, 4, 8, 8), generator=torch.manual_seed(0))
    own = opened(directory=directory, taesd=tiny_decoder()).look(latents)
    added = opened(taesd=tiny_decoder()).look(latents)
    assert np.abs(own - added).max() > 0.01


def test_a_decoder_for_others_leaves_the_projection() -> None:
    assert isinstance(opened(taesdxl=tiny_decoder("taesdxl")).look, Projection)


def test_a_damaged_decoder_leaves_the_projection(tmp_path: Path) -> None:
    directory = tmp_path / "taesd"
    shutil.copytree(tiny_decoder(), directory)
    weights = load_file(directory / WEIGHTS)
    weights[next(key for key in weights if key.startswith("decoder"))][:] = torch.nan
    save_file(weights, directory / WEIGHTS, metadata={"format": "pt"})
    assert isinstance(opened(taesd=directory).look, Projection)


def test_its_memory_counts() -> None:
    without, having = opened(), opened(taesd=tiny_decoder())
    network = stock(tiny_decoder())
    del network.encoder
    added = having.adapter.placement.present - without.adapter.placement.present
    assert added == bytes_of(network) > 0


def test_an_artist_sees_what_the_decoder_shows(tmp_path: Path) -> None:
    """A decoder that shows everything in black makes previews of black."""
    colours = torch.zeros(5, 3)
    colours[-1] = -1
    directory = _linear(tmp_path / "taesd", colours)
    options = {"model:sd15": str(tiny_model("sd15")), "model:taesd": str(directory)}
    engine = DiffusionEngine("cpu", options)
    selection = np.zeros((64, 64), np.uint8)
    selection[16:48, 16:48] = 255
    asked = Parameters(Operation.GENERATE, "sd15", "a vase", steps=12, seed=1)
    reports = run(engine, work_of(tmp_path / "job", photograph(), selection, asked))
    engine.close()
    assert isinstance(reports[-1], Finished)
    previews = [report for report in reports if isinstance(report, Preview)]
    assert previews
    seen = cv2.imdecode(np.frombuffer(previews[0].image, np.uint8), cv2.IMREAD_COLOR)
    assert seen[24:40, 24:40].max() < 40
    assert seen[:8].mean() > 40


def test_a_decoder_is_told_by_its_name(tmp_path: Path) -> None:
    item = recognized("taesd", tiny_decoder())
    assert isinstance(item, TinyDecoder)
    assert told(item) == "tiny decoder for previews of Stable Diffusion 1.5 and 2"
    unnamed = tmp_path / "decoder"
    shutil.copytree(tiny_decoder(), unnamed)
    with pytest.raises(UnusableModel, match="taesdxl or taesd"):
        recognized("small", unnamed)
    with pytest.raises(UnusableModel, match="taesd3 or taef1"):
        recognized("taesd", tiny_decoder("decoder", 16))
