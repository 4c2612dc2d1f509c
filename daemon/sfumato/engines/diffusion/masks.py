"""Soft masks in latent space.

A *change map* says how far each latent may change: 0 not at all, 1 fully, between them for the
last part of the steps (differential diffusion, Levin and Fried, 2023). A hard mask is the change
map of zeros and ones, so one rule serves both meanings of gray.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def blend_map(mask: Tensor, scale: int) -> Tensor:
    """The change map of ``BLEND``: 1 for every latent that covers a pixel of M above 0.

    ``mask`` is (1, 1, H, W) in 0..1, ``scale`` the pixels a latent is wide; returns
    (1, 1, H / scale, W / scale).
    """
    return (partial_map(mask, scale) > 0).to(mask.dtype)


def partial_map(amount: Tensor, scale: int) -> Tensor:
    """The change map of ``PARTIAL``: each latent changes as far as the freest pixel it covers.

    Shapes and ranges are those of ``blend_map``.
    """
    return F.max_pool2d(amount, scale)


def stock_map(mask: Tensor, scale: int) -> Tensor:
    """The change map of the stock pipelines: binary at 0.5, then the nearest pixel's value."""
    binary = (mask >= 0.5).to(mask.dtype)
    return F.interpolate(binary, size=(mask.shape[-2] // scale, mask.shape[-1] // scale))


def held_back(change: Tensor, done: int, total: int) -> Tensor:
    """Which latents still stand still after ``done`` of ``total`` steps (bool, as ``change``).

    A latent that may change by c is let go for the last c of the steps; after the last step those
    that may not change at all are held once more, now without noise.
    """
    if done >= total:
        return change <= 0
    return change < 1 - done / total


def held(latents: Tensor, original: Tensor, holding: Tensor) -> Tensor:
    """``latents``, with ``original`` where ``holding``."""
    return torch.where(holding, original, latents)


def hole_of(change: Tensor, scale: int) -> Tensor:
    """What an inpainting model is told to fill: every latent that may change at all.

    ``change`` is (1, 1, h, w); returns zeros and ones, (1, 1, h * scale, w * scale).
    """
    hole = (change > 0).to(change.dtype)
    return hole.repeat_interleave(scale, -2).repeat_interleave(scale, -1)


def without_hole(picture: Tensor, hole: Tensor) -> Tensor:
    """The picture (1, 3, H, W) in -1..1, mid-gray where the hole (1, 1, H, W) is 1."""
    return picture * (1 - hole)
