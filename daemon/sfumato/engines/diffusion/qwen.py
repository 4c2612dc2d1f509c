"""Qwen-Image and Qwen-Image-Edit: a transformer that reads prompts of any length."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.engines.diffusion.denoise import guided
from sfumato.engines.diffusion.flux import packed, unpacked
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.schedulers import Schedule, build_scheduler, flow_schedule, shift_for
from sfumato.engines.parameters import Scheduler


class QwenAutoencoder(Autoencoder):
    """A VAE of films, which are one picture long here; each channel has a scale of its own."""

    def __init__(self, vae: Any, device: torch.device) -> None:
        self._vae = vae
        self._device = device
        self.scale = 2 ** len(vae.temperal_downsample)
        self.channels = vae.config.z_dim

    def posterior(self, picture: Tensor) -> DiagonalGaussianDistribution:
        """See ``Autoencoder.posterior``."""
        return super().posterior(picture.unsqueeze(2))

    def scaled(self, latents: Tensor) -> Tensor:
        """The VAE's latents (1, C, 1, h, w) in the denoiser's scale, (1, C, h, w)."""
        mean, deviation = self._statistics()
        return ((latents.float() - mean) * (1 / deviation)).squeeze(2)

    def unscaled(self, latents: Tensor) -> Tensor:
        """The inverse of ``scaled``."""
        mean, deviation = self._statistics()
        return latents.unsqueeze(2) * deviation + mean

    def decode(self, latents: Tensor) -> Tensor:
        """See ``Autoencoder.decode``."""
        return super().decode(latents).squeeze(2)

    def _statistics(self) -> tuple[Tensor, Tensor]:
        config = self._vae.config
        mean, deviation = (
            torch.tensor(values, dtype=torch.float32, device=self._device).view(1, -1, 1, 1, 1)
            for values in (config.latents_mean, config.latents_std)
        )
        return mean, deviation


class QwenImage(Adapter):
    """Prompts of a batch are padded to the longest, and the padding is not attended to."""

    always_draws_original = True
    mixes_prompt_lengths = True

    @property
    def inpaints(self) -> bool:
        """The mask is not told; what is outside it is held back."""
        return False

    def open_autoencoder(self) -> Autoencoder:
        """See ``QwenAutoencoder``."""
        return QwenAutoencoder(self.pipeline.vae, self.device)

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """The language model's last hidden states, (1, L, D), as long as the text."""
        return Prompt(self.pipeline.encode_prompt(text, device=self.device)[0])

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``."""
        height, width = rows.latents.shape[-2:]
        return unpacked(self.run(packed(rows.latents), 1, rows), height, width)

    def run(self, latents: Tensor, pictures: int, rows: Rows) -> Tensor:
        """The transformer's prediction for packed ``latents`` (B, N, C) of so many pictures."""
        height, width = rows.latents.shape[-2:]
        tokens, valid = _padded([prompt.tokens[0] for prompt in rows.prompts])
        prediction: Tensor = self.network(
            hidden_states=latents,
            timestep=rows.timesteps.to(latents.dtype) / 1000,
            guidance=None,
            encoder_hidden_states=tokens,
            encoder_hidden_states_mask=valid,
            img_shapes=[[(1, height // 2, width // 2)] * pictures] * len(latents),
            return_dict=False,
        )[0]
        return prediction

    def guide(self, predictions: Tensor, scale: float) -> Tensor:
        """Classifier-free guidance that leaves each token as long as the prompt's own is."""
        combined = guided(predictions, scale)
        if len(predictions) == 1:
            return combined
        height, width = predictions.shape[-2:]
        tokens, wanted = packed(combined), packed(predictions[1:])
        lengths = wanted.norm(dim=-1, keepdim=True) / tokens.norm(dim=-1, keepdim=True)
        return unpacked(tokens * lengths, height, width)

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """See ``Adapter.schedule``."""
        built = build_scheduler(scheduler, self.scheduler_config)
        shift = shift_for((height // 2) * (width // 2), built.config)
        return flow_schedule(built, steps, strength, shift, evenly=True)


class QwenImageEdit(QwenImage):
    """The prompt is read beside the picture, whose latents stand beside those being made."""

    looks_at_picture = True
    reads_picture = True

    @torch.inference_mode()
    def encode_beside(self, text: str, picture: Tensor) -> Prompt:
        """See ``Adapter.encode_beside``; hidden states of the picture's patches are among them."""
        pixels = (picture[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).mul(255).round()
        seen = Image.fromarray(pixels.cpu().numpy().astype(np.uint8))
        return Prompt(self.pipeline.encode_prompt(text, image=seen, device=self.device)[0])

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; ``condition`` are the picture's latents, (B, C, h, w)."""
        assert rows.condition is not None
        height, width = rows.latents.shape[-2:]
        made = packed(rows.latents)
        prediction = self.run(torch.cat([made, packed(rows.condition)], dim=1), 2, rows)
        return unpacked(prediction[:, : made.shape[1]], height, width)


def _padded(prompts: list[Tensor]) -> tuple[Tensor, Tensor | None]:
    """Tokens (L, D) side by side, (B, longest, D), and which of them are words, if not all are."""
    tokens = pad_sequence(prompts, batch_first=True)
    longest = tokens.shape[1]
    if all(len(prompt) == longest for prompt in prompts):
        return tokens, None
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=tokens.device)
    return tokens, torch.arange(longest, device=tokens.device) < lengths[:, None]
