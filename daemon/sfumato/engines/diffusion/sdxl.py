"""Stable Diffusion XL, with 4 channels or the 9 of its inpainting model."""

from __future__ import annotations

import torch
from torch import Tensor

from sfumato.engines.diffusion.adapter import pooled_of
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.sd import StableDiffusion


class StableDiffusionXL(StableDiffusion):
    """A UNet that attends to two CLIPs and knows the picture's size."""

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """Hidden states of both encoders side by side, (1, 77, D), and the second's pooled ones."""
        tokens, _, pooled, _ = self.pipeline.encode_prompt(
            text, device=self.device, do_classifier_free_guidance=False
        )
        return Prompt(tokens, pooled)

    def nothing(self, prompt: Prompt) -> Prompt | None:
        """Zeros where the model was trained so, else the empty text."""
        if not self.pipeline.config.force_zeros_for_empty_prompt or prompt.pooled is None:
            return None
        return Prompt(torch.zeros_like(prompt.tokens), torch.zeros_like(prompt.pooled))

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; guidance is classifier-free and not the network's."""
        scale = self.autoencoder.scale
        size = (rows.latents.shape[-2] * scale, rows.latents.shape[-1] * scale)
        # Original size, crop, target size: a picture of its own size, not cropped.
        sizes = torch.tensor([[*size, 0, 0, *size]], dtype=self.dtype, device=self.device)
        added = {
            "text_embeds": pooled_of(rows.prompts),
            "time_ids": sizes.expand(len(rows.prompts), -1),
        }
        return self.run(rows, added)
