"""FLUX.2 klein: a transformer that looks at the picture and reads prompts with a language model."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, tokens_of
from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.schedulers import Schedule, build_scheduler, flow_schedule
from sfumato.engines.parameters import Scheduler

# What tells a picture that is looked at from the one being made, among a token's coordinates.
LOOKED_AT = 10


class Flux2Autoencoder(Autoencoder):
    """A VAE whose latents go in packs of 2 x 2, evened out by a batch normalization."""

    def __init__(self, vae: Any, device: torch.device) -> None:
        super().__init__(vae, device)
        self.scale *= 2
        self.channels *= 4

    def scaled(self, latents: Tensor) -> Tensor:
        """The VAE's latents (1, C, 2h, 2w) in the denoiser's scale, (1, 4C, h, w)."""
        mean, deviation = self._statistics()
        return (F.pixel_unshuffle(latents.float(), 2) - mean) / deviation

    def unscaled(self, latents: Tensor) -> Tensor:
        """The inverse of ``scaled``."""
        mean, deviation = self._statistics()
        return F.pixel_shuffle(latents * deviation + mean, 2)

    def _statistics(self) -> tuple[Tensor, Tensor]:
        norm = self._vae.bn
        mean, variance = (
            each.to(self._device, torch.float32).view(1, -1, 1, 1)
            for each in (norm.running_mean, norm.running_var)
        )
        return mean, (variance + self._vae.config.batch_norm_eps).sqrt()


class Flux2Klein(Adapter):
    """The picture's latents stand beside those being made, as further tokens."""

    always_draws_original = True
    looks_at_picture = True
    draws_latents = False

    @property
    def inpaints(self) -> bool:
        """The mask is not told; what is outside it is held back."""
        return False

    def open_autoencoder(self) -> Autoencoder:
        """See ``Flux2Autoencoder``."""
        return Flux2Autoencoder(self.pipeline.vae, self.device)

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """Hidden states of three layers of the language model side by side, (1, 512, 3D)."""
        return Prompt(self.pipeline.encode_prompt(text, device=self.device)[0])

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; ``condition`` are the picture's latents, (B, C, h, w)."""
        latents, condition = rows.latents, rows.condition
        assert condition is not None
        number, height, width = len(latents), *latents.shape[-2:]
        made = latents.flatten(2).transpose(1, 2)
        looked_at = condition.flatten(2).transpose(1, 2)
        where = torch.cat([grid(0, height, width), grid(LOOKED_AT, height, width)])
        text = tokens_of(rows.prompts)
        prediction: Tensor = self.network(
            hidden_states=torch.cat([made, looked_at], dim=1),
            timestep=rows.timesteps.to(latents.dtype) / 1000,
            guidance=None,
            encoder_hidden_states=text,
            txt_ids=line(text.shape[1]).to(self.device).expand(number, -1, -1),
            img_ids=where.to(self.device).expand(number, -1, -1),
            return_dict=False,
        )[0]
        return prediction[:, : made.shape[1]].transpose(1, 2).reshape(latents.shape)

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """See ``Adapter.schedule``; the shift also depends on the number of steps."""
        built = build_scheduler(scheduler, self.scheduler_config)
        shift = compute_empirical_mu(height * width, steps)
        return flow_schedule(built, steps, strength, shift, evenly=True)


def grid(picture: int, rows: int, columns: int) -> Tensor:
    """Where each image token lies: (rows * columns, 4) of picture, row, column, 0."""
    ranges = torch.tensor([picture]), torch.arange(rows), torch.arange(columns), torch.arange(1)
    return torch.cartesian_prod(*ranges)


def line(length: int) -> Tensor:
    """Where each word lies: (length, 4) of 0, 0, 0, place."""
    place = torch.arange(length)
    return torch.stack([torch.zeros_like(place)] * 3 + [place], dim=-1)
