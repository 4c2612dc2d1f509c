"""Models that were damaged on the way, or whose files lie there wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.support.tiny_models import tiny_model

PARTS = ("unet", "vae", "text_encoder")


def damaged_model(directory: Path, part: str, damage: str, family: str = "sd15") -> Path:
    """A copy of a tiny model in ``directory``, with one kind of ``DAMAGES`` to one part."""
    copied = Path(shutil.copytree(tiny_model(family), directory))
    [weights] = (copied / part).glob("*.safetensors")
    DAMAGES[damage](weights)
    return copied


def _end_early(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])


def _end_in_header(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:100])


def _lose_config(weights: Path) -> None:
    (weights.parent / "config.json").unlink()


def _with(change: Callable[[dict[str, Tensor], str], None]) -> Callable[[Path], None]:
    def rewrite(weights: Path) -> None:
        tensors = load_file(weights)
        change(tensors, sorted(tensors)[3])
        save_file(tensors, weights, metadata={"format": "pt"})

    return rewrite


def _rename(tensors: dict[str, Tensor], key: str) -> None:
    tensors[f"other.{key}"] = tensors.pop(key)


def _lose(tensors: dict[str, Tensor], key: str) -> None:
    del tensors[key]


def _spoil(tensors: dict[str, Tensor], key: str) -> None:
    tensors[key].view(-1)[0] = float("nan")


def _overflow(tensors: dict[str, Tensor], key: str) -> None:
    tensors[key].view(-1)[-1] = float("inf")


def _reshape(tensors: dict[str, Tensor], key: str) -> None:
    tensors[key] = torch.zeros(5, 5)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "truncated": _end_early,
    "truncated-header": _end_in_header,
    "no-weights": Path.unlink,
    "no-config": _lose_config,
    "wrong-key": _with(_rename),
    "missing-key": _with(_lose),
    "wrong-shape": _with(_reshape),
    "not-a-number": _with(_spoil),
    "infinite": _with(_overflow),
}
