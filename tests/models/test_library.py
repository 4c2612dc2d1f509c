"""Whatever a daemon is told of is recognized by its files, and what is of no use is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sfumato.engines.parameters import ControlKind
from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.guides import ControlNet, IpAdapter
from sfumato.models.library import Library, recognized, told
from sfumato.models.lora import LoraFile
from tests.support.tiny_additions import (
    tiny_control_net,
    tiny_depth_estimator,
    tiny_ip_adapter,
    tiny_lora,
)
from tests.support.tiny_models import tiny_model
from tests.support.tiny_selectors import tiny_birefnet, tiny_owl, tiny_sam, tiny_sam2


def test_models_and_loras_are_told_apart() -> None:
    library = Library({"model": tiny_model("sd15"), "lora": tiny_lora("sd15")})
    assert list(library.usable(Model)) == ["model"]
    assert list(library.usable(LoraFile)) == ["lora"]


def test_a_lora_is_no_model_that_paints() -> None:
    with pytest.raises(UnusableModel, match="no model that paints"):
        Library({"ink": tiny_lora("sd15")}).model("ink")


@pytest.mark.parametrize("name", ["a.ckpt", "a.pt", "a.bin"])
def test_pickles_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(UnusableModel, match="can run code"):
        recognized("mine", tmp_path / name)


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]", b"\x40\0\0\0\0\0\0\0{}"]
)
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(UnusableModel, match="no whole safetensors file"):
        recognized("mine", tmp_path / "a.safetensors")


def test_weights_of_unknown_kind_are_refused(tmp_path: Path) -> None:
    save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "a.safetensors")
    with pytest.raises(UnusableModel, match="no model, LoRA or IP-Adapter"):
        recognized("mine", tmp_path / "a.safetensors")


def test_what_guides_by_pictures_is_recognized_and_knows_what_it_fits() -> None:
    network = recognized("edges", tiny_control_net("sdxl"))
    adapter = recognized("style", tiny_ip_adapter("sd15"))
    assert isinstance(network, ControlNet)
    assert isinstance(adapter, IpAdapter)
    sd15, sdxl = (Library({"m": tiny_model(name)}).model("m") for name in ("sd15", "sdxl"))
    assert network.kind is ControlKind.CANNY
    assert (sdxl in network.fit, sd15 in network.fit) == (True, False)
    assert (sdxl in adapter.fit, sd15 in adapter.fit) == (False, True)
    assert told(recognized("near", tiny_depth_estimator())) == "depth estimator"


def test_a_control_net_of_untold_kind_asks_for_a_name(tmp_path: Path) -> None:
    unnamed = Path(shutil.copytree(tiny_control_net("sd15"), tmp_path / "network"))
    config = unnamed / "config.json"
    content = json.loads(config.read_text())
    config.write_text(json.dumps(content | {"_name_or_path": ""}))
    with pytest.raises(UnusableModel, match="Give it a name"):
        recognized("mine", unnamed)
    named = recognized("my-depth-one", unnamed)
    assert isinstance(named, ControlNet)
    assert named.kind is ControlKind.DEPTH


def test_an_ip_adapter_without_its_image_encoder_is_refused(tmp_path: Path) -> None:
    file = shutil.copy(tiny_ip_adapter("sd15"), tmp_path / "alone.safetensors")
    with pytest.raises(UnusableModel, match="image encoder"):
        recognized("mine", Path(file))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (tiny_sam, "SAM, selects what is clicked at"),
        (tiny_sam2, "SAM 2, selects what is clicked at"),
        (tiny_owl, "OWLv2, finds what words describe"),
        (tiny_birefnet, "BiRefNet, selects the main subject"),
    ],
)
def test_models_that_select_are_known_by_their_files(
    make: Callable[[], Path], words: str, tmp_path: Path
) -> None:
    assert told(recognized("mine", make())).startswith(words)
    (tmp_path / "config.json").write_bytes((make() / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UnusableModel, match="can run code"):
        recognized("mine", tmp_path)
