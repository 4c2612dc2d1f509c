"""FLUX.1 and FLUX.1 Fill: flow-matching transformers with guidance as an input."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, conditioned, pooled_of, tokens_of
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.schedulers import Schedule, build_scheduler, flow_schedule, shift_for
from sfumato.engines.parameters import Scheduler


class Flux(Adapter):
    """T5 tokens, CLIP's pooled embedding, latents in packs of 2 x 2."""

    always_draws_original = True

    @property
    def inpaints(self) -> bool:
        """Fill takes the masked picture's latents and the mask beside its own."""
        return self.family.name == "flux-fill"

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """T5's 512 tokens, (1, 512, D), and CLIP's pooled embedding."""
        tokens, pooled, _ = self.pipeline.encode_prompt(
            prompt=text, prompt_2=None, device=self.device
        )
        return Prompt(tokens, pooled)

    def condition(self, hole: Tensor, masked: Tensor) -> Tensor:
        """The masked picture's latents, then each latent's 8 x 8 pixels of mask: (1, 80, h, w)."""
        mask = F.pixel_unshuffle(hole, self.autoencoder.scale)
        return torch.cat([masked, mask.to(masked)], dim=1)

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``."""
        height, width = rows.latents.shape[-2:]
        where = places(height // 2, width // 2)
        tokens = self.run(packed(conditioned(rows)), where, rows)
        return unpacked(tokens, height, width)

    def run(self, latents: Tensor, where: Tensor, rows: Rows) -> Tensor:
        """The transformer's prediction for packed ``latents`` (B, N, C) that lie at ``where``."""
        tokens = tokens_of(rows.prompts)
        prediction: Tensor = self.network(
            hidden_states=latents,
            timestep=rows.timesteps.to(latents.dtype) / 1000,
            guidance=rows.guidance if self.network.config.guidance_embeds else None,
            pooled_projections=pooled_of(rows.prompts),
            encoder_hidden_states=tokens,
            txt_ids=torch.zeros(tokens.shape[1], 3, device=self.device, dtype=self.dtype),
            img_ids=where.to(self.device, self.dtype),
            return_dict=False,
        )[0]
        return prediction

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """See ``Adapter.schedule``."""
        built = build_scheduler(scheduler, self.scheduler_config)
        shift = shift_for((height // 2) * (width // 2), built.config)
        return flow_schedule(built, steps, strength, shift, evenly=True)


def packed(latents: Tensor) -> Tensor:
    """(B, C, h, w) as tokens: (B, h/2 * w/2, 4C)."""
    return F.pixel_unshuffle(latents, 2).flatten(2).transpose(1, 2)


def unpacked(tokens: Tensor, height: int, width: int) -> Tensor:
    """The inverse of ``packed``: (B, C, height, width)."""
    channels = tokens.shape[-1]
    grid = tokens.transpose(1, 2).reshape(-1, channels, height // 2, width // 2)
    return F.pixel_shuffle(grid, 2)


def places(rows: int, columns: int, picture: int = 0) -> Tensor:
    """Where each token lies, for the rotary embedding: (rows * columns, 3) of picture, row, column.

    ``picture`` is 0 for the one being made and 1 for one that is looked at.
    """
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    which = torch.full_like(row, picture)
    return torch.stack([which, row, column], dim=-1).reshape(-1, 3)
