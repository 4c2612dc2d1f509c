"""Stable Diffusion 1.5 and 2, with 4 channels or the 9 of their inpainting models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from PIL.Image import Image
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, conditioned, tokens_of
from sfumato.engines.diffusion.controls import ControlNets
from sfumato.engines.diffusion.placement import Placement
from sfumato.engines.diffusion.references import References
from sfumato.engines.diffusion.request import Additions, Prompt, Rows
from sfumato.models.families import Family


class StableDiffusion(Adapter):
    """A UNet that attends to CLIP's 77 tokens."""

    def __init__(
        self, pipeline: Any, family: Family, device: torch.device, placement: Placement
    ) -> None:
        super().__init__(pipeline, family, device, placement)
        self.control_nets = ControlNets(placement, self.dtype)
        self.references = References(pipeline, device, placement)

    def equip(self, additions: Additions) -> None:
        """See ``Adapter.equip``: ControlNets and an IP-Adapter, too."""
        super().equip(additions)
        self.control_nets.use(additions.controls)
        self.references.wear(additions.reference)

    def seen(self, pictures: Sequence[Image]) -> tuple[Tensor, Tensor]:
        """See ``Adapter.seen``."""
        return self.references.encode(pictures)

    @property
    def inpaints(self) -> bool:
        """Nine channels: latents, the mask, the masked picture's latents."""
        return self.family.channels == 9

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """CLIP's last hidden states, (1, 77, D)."""
        return Prompt(self.pipeline.encode_prompt(text, self.device, 1, False)[0])

    def condition(self, hole: Tensor, masked: Tensor) -> Tensor:
        """The mask at latent size, then the masked picture's latents: (1, 5, h, w)."""
        mask = F.interpolate(hole, size=masked.shape[-2:])
        return torch.cat([mask.to(masked), masked], dim=1)

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; guidance is classifier-free and not the network's."""
        return self.run(rows, {})

    def run(self, rows: Rows, added: dict[str, Any]) -> Tensor:
        """The UNet's prediction; ``added`` is what it is told beside text and time."""
        tokens = tokens_of(rows.prompts)
        residuals = self.control_nets.residuals(
            rows.latents, rows.timesteps, tokens, rows.controls, added
        )
        pictures = [row.pictures for row in rows.prompts if row.pictures is not None]
        if pictures:
            added = added | {"image_embeds": [torch.cat(pictures)]}
        prediction: Tensor = self.network(
            conditioned(rows),
            rows.timesteps,
            encoder_hidden_states=tokens,
            added_cond_kwargs=added,
            return_dict=False,
            **residuals,
        )[0]
        return prediction
