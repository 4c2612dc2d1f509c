"""Stable Diffusion 1.5 and 2, with 4 channels or the 9 of their inpainting models."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, tokens_of
from sfumato.engines.diffusion.request import Prompt


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

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        prompts: Sequence[Prompt],
        condition: Tensor | None,
        guidance: Tensor,
    ) -> Tensor:
        """See ``denoise.Denoiser``; guidance is classifier-free and not the network's."""
        if condition is not None:
            latents = torch.cat([latents, condition], dim=1)
        prediction: Tensor = self.network(
            latents, timesteps, encoder_hidden_states=tokens_of(prompts), return_dict=False
        )[0]
        return prediction
