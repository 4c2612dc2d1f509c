"""Stable Diffusion XL, with 4 channels or the 9 of its inpainting model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sfumato.engines.diffusion.adapter import pooled_of, tokens_of
from sfumato.engines.diffusion.request import Prompt
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

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        prompts: Sequence[Prompt],
        condition: Tensor | None,
        guidance: Tensor,
    ) -> Tensor:
        """See ``denoise.Denoiser``; guidance is classifier-free and not the network's."""
        scale = self.autoencoder.scale
        size = (latents.shape[-2] * scale, latents.shape[-1] * scale)
        # Original size, crop, target size: a picture of its own size, not cropped.
        sizes = torch.tensor([[*size, 0, 0, *size]], dtype=self.dtype, device=self.device)
        if condition is not None:
            latents = torch.cat([latents, condition], dim=1)
        prediction: Tensor = self.network(
            latents,
            timesteps,
            encoder_hidden_states=tokens_of(prompts),
            added_cond_kwargs={
                "text_embeds": pooled_of(prompts),
                "time_ids": sizes.expand(len(prompts), -1),
            },
            return_dict=False,
        )[0]
        return prediction
