"""Unfinished latents as pictures: roughly and fast, or by a tiny decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.imaging.depth import Colour

CHART_SIDE = 256


class Projection:
    """Latents to RGB by a linear map, which holds well for flat colours.

    The map is fitted once a model: a chart of smooth colours goes through the model's own VAE, and
    least squares do the rest. So it needs no table for any family.
    """

    def __init__(self, autoencoder: Autoencoder) -> None:
        chart = colour_chart(CHART_SIDE)
        with torch.inference_mode():
            latents = autoencoder.scaled(autoencoder.posterior(chart).mode())
        small = torch.nn.functional.avg_pool2d(chart, autoencoder.scale)
        self._map = torch.linalg.lstsq(_with_one(latents), _pixels(small).double()).solution

    def __call__(self, latents: Tensor) -> Colour:
        """RGB in 0..1, (h, w, 3), of latents (1, C, h, w)."""
        height, width = latents.shape[-2:]
        colour = (_with_one(latents) @ self._map).reshape(height, width, 3)
        return np.asarray((colour / 2 + 0.5).clamp(0, 1).numpy(), np.float32)


class Decoding:
    """Latents to RGB by a tiny decoder: a clear picture, at working size."""

    def __init__(self, network: Any, device: torch.device) -> None:
        self._decoder = Autoencoder(network, device)

    def __call__(self, latents: Tensor) -> Colour:
        """RGB in 0..1, (H, W, 3), of latents (1, C, h, w) in the denoiser's scale."""
        colour = (self._decoder.decode(latents)[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0)
        return np.asarray(colour.cpu().numpy(), np.float32)


Look = Projection | Decoding
"""What makes a quick look of latents."""


def colour_chart(side: int) -> Tensor:
    """A picture (1, 3, side, side) in -1..1 of smoothly changing, evenly spread colours."""
    place = torch.linspace(0, 2 * torch.pi, side)
    row, column = torch.meshgrid(place, place, indexing="ij")
    # Waves that do not share a period: every mix of the three comes up somewhere.
    return torch.stack([torch.sin(3 * row), torch.sin(2 * column), torch.cos(row + 4 * column)])[
        None
    ]


def _pixels(picture: Tensor) -> Tensor:
    return picture[0].flatten(1).T


def _with_one(latents: Tensor) -> Tensor:
    """Each latent pixel as a row, with a 1 for the constant: (h * w, C + 1), on the CPU."""
    rows = _pixels(latents).double().cpu()
    return torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], dim=1)
