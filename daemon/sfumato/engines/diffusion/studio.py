"""A model in memory with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.prepare import Preparation
from sfumato.engines.diffusion.previews import Projection
from sfumato.models.description import Model


@dataclass(frozen=True)
class Studio:
    """A loaded model: its adapter, what it remembers, and how its latents are shown."""

    model: Model
    adapter: Adapter
    preparation: Preparation

    @classmethod
    def open(cls, model: Model, device: torch.device, dtype: torch.dtype) -> Studio:
        """Load the model onto the device."""
        adapter = load_adapter(model, device, dtype)
        return cls(model, adapter, Preparation(model.name, adapter))

    @cached_property
    def projection(self) -> Projection:
        """Latents to RGB, fitted when it is first needed."""
        return Projection(self.adapter.autoencoder)
