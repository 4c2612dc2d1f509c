"""Pictures to latents and back."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor

from sfumato.engines.diffusion.draws import unit_noise


class Autoencoder:
    """A VAE with the scale and shift of its latents.

    Pictures are (1, 3, H, W) in -1..1; latents (1, C, H / scale, W / scale) in float32, whatever
    precision the VAE has. It computes on ``device``, wherever it lies before.
    """

    def __init__(self, vae: Any, device: torch.device) -> None:
        self._vae = vae
        self._device = device
        self.scale: int = 2 ** (len(vae.config.block_out_channels) - 1)
        self.channels: int = vae.config.latent_channels
        self._factor: float = getattr(vae.config, "scaling_factor", None) or 1.0
        self._shift: float = getattr(vae.config, "shift_factor", None) or 0.0

    @torch.inference_mode()
    def posterior(self, picture: Tensor) -> DiagonalGaussianDistribution:
        """The distribution of the picture's latents; drawing from it is left to each request."""
        picture = picture.to(self._device, self._vae.dtype)
        posterior: DiagonalGaussianDistribution = self._vae.encode(picture).latent_dist
        return posterior

    @torch.inference_mode()
    def posteriors(self, pictures: Tensor) -> list[DiagonalGaussianDistribution]:
        """``posterior`` of each of (B, 3, H, W), in one pass."""
        together = self.posterior(pictures).parameters
        return [DiagonalGaussianDistribution(each) for each in torch.split(together, 1)]

    def draw(self, posterior: DiagonalGaussianDistribution, generator: torch.Generator) -> Tensor:
        """Latents drawn from a posterior, in the denoiser's scale."""
        mean, deviation = posterior.mean.float(), posterior.std.float()
        return self.scaled(mean + deviation * unit_noise(mean.shape, generator).to(mean))

    def scaled(self, latents: Tensor) -> Tensor:
        """The VAE's latents in the denoiser's scale."""
        return (latents.float() - self._shift) * self._factor

    def unscaled(self, latents: Tensor) -> Tensor:
        """The inverse of ``scaled``."""
        return latents / self._factor + self._shift

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """The picture of latents; values may lie a little outside -1..1."""
        given = self.unscaled(latents).to(self._vae.dtype)
        picture: Tensor = self._vae.decode(given, return_dict=False)[0]
        return picture.float()
