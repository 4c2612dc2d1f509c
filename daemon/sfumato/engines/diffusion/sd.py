"""Stable Diffusion 1.5 and 2, with 4 channels or the 9 of their inpainting models."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, conditioned, tokens_of
from sfumato.engines.diffusion.request import Prompt, Rows


class StableDiffusion(Adapter):
    """A UNet that attends to CLIP's 77 tokens."""

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
        prediction: Tensor = self.network(
            conditioned(rows),
            rows.timesteps,
            encoder_hidden_states=tokens_of(rows.prompts),
            return_dict=False,
        )[0]
        return prediction
