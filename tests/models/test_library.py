"""Whatever a daemon is told of is recognized by its files, and what is of no use is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.library import Library, recognized
from sfumato.models.lora import LoraFile
from tests.support.tiny_additions import tiny_lora
from tests.support.tiny_models import tiny_model


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
    with pytest.raises(UnusableModel, match="neither"):
        recognized("mine", tmp_path / "a.safetensors")
