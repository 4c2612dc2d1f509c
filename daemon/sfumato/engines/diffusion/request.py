"""A request: everything the step loop knows of one picture being made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from sfumato.engines.diffusion.controls import ControlRows, Guide
from sfumato.engines.diffusion.loras import WornLora
from sfumato.engines.diffusion.references import WornAdapter
from sfumato.engines.diffusion.schedulers import Schedule


class Prompt(NamedTuple):
    """A prompt as the denoiser reads it: tokens (1, L, D) and, in some families, (1, P) pooled.

    ``pictures`` are N reference pictures beside it, (1, N, ...).
    """

    tokens: Tensor
    pooled: Tensor | None = None
    pictures: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What the network is given at once, in its precision: B rows of any number of requests.

    ``latents`` is (B, C, h, w); ``timesteps`` (B,) in 0..1000; ``condition`` (B, K, h, w) for
    models that take one; ``guidance`` (B,), for models that take it as an input; ``controls`` a
    part for each ControlNet that is used.
    """

    latents: Tensor
    timesteps: Tensor
    prompts: Sequence[Prompt]
    condition: Tensor | None
    guidance: Tensor
    controls: tuple[ControlRows, ...] = ()


class Additions(NamedTuple):
    """What a network computes with beside its own weights. Requests that differ share no pass."""

    loras: tuple[WornLora, ...] = ()
    controls: tuple[Path, ...] = ()
    reference: WornAdapter | None = None


NOTHING_ADDED = Additions()


class BatchKey(NamedTuple):
    """Requests with equal keys can share a forward pass."""

    model: str
    dtype: torch.dtype
    latents: tuple[int, ...]
    tokens: tuple[int, ...]
    additions: Additions = NOTHING_ADDED


@dataclass(slots=True, eq=False)
class Request:
    """One picture being made.

    ``latents``, ``noise`` and ``original`` are (1, C, h, w), in float32 whatever the network's
    precision is; ``change`` is the change map (1, 1, h, w). ``prompts`` holds one row for the
    network, or two with classifier-free guidance: negative first. ``condition`` are further
    channels of inpainting models, (1, K, h, w).
    ``original`` is None where nothing is held back. ``picture`` is the latest estimate of the
    finished latents. ``guides`` are for the ControlNets of its key, in their order.
    """

    key: BatchKey
    schedule: Schedule
    latents: Tensor
    prompts: tuple[Prompt, ...]
    guidance: float
    generator: torch.Generator
    change: Tensor
    noise: Tensor
    original: Tensor | None = None
    condition: Tensor | None = None
    embedded_guidance: float = 0.0
    picture: Tensor | None = None
    guides: tuple[Guide, ...] = ()

    @property
    def remaining(self) -> int:
        """Steps to go."""
        return self.schedule.remaining

    @property
    def length(self) -> int:
        """Steps from beginning to end."""
        return self.schedule.total
