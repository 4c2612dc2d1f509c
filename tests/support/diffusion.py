"""Pieces of diffusion tests: loaded tiny models, pictures, and whole runs of the step loop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from skimage import data, transform

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.request import Request
from sfumato.models.description import describe
from tests.support.tiny_models import tiny_model

SIDE = 64


@cache
def adapter(family: str, device: str = "cpu") -> Adapter:
    """A tiny model of the family, loaded once a test process and device."""
    torch.set_num_threads(1)
    model = describe(family, tiny_model(family))
    return load_adapter(model, torch.device(device), torch.float32)


@cache
def photograph(height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """A real photograph, (height, width, 3) uint8."""
    resized = transform.resize(data.astronaut(), (height, width), anti_aliasing=True)
    return np.rint(resized * 255).astype(np.uint8)


def as_pixels(image: np.ndarray) -> torch.Tensor:
    """(H, W, 3) uint8 as the (1, 3, H, W) of -1..1 that models take, rounded as diffusers does."""
    floats = torch.from_numpy(image.astype(np.float32) / 255.0)
    return 2.0 * floats.permute(2, 0, 1)[None] - 1.0


def as_amount(mask: np.ndarray) -> torch.Tensor:
    """(H, W) uint8 as the (1, 1, H, W) of 0..1 that change maps are made of."""
    return torch.from_numpy(mask.astype(np.float32) / 255.0)[None, None]


def run(family: Adapter, requests: Sequence[Request]) -> None:
    """All steps of all requests; those that can share a pass share every one."""
    while running := [request for request in requests if request.remaining]:
        for key in dict.fromkeys(request.key for request in running):
            denoise(family, [request for request in running if request.key == key])
