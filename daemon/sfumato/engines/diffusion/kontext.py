"""FLUX.1 Kontext: FLUX that looks at the picture and follows instructions about it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sfumato.engines.diffusion.flux import Flux, packed, places, unpacked
from sfumato.engines.diffusion.request import Prompt


class FluxKontext(Flux):
    """The picture's latents stand beside those being made, as further tokens."""

    looks_at_picture = True
    draws_latents = False

    @property
    def inpaints(self) -> bool:
        """The mask is not told; what is outside it is held back."""
        return False

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        prompts: Sequence[Prompt],
        condition: Tensor | None,
        guidance: Tensor,
    ) -> Tensor:
        """See ``denoise.Denoiser``; ``condition`` are the picture's latents, (B, C, h, w)."""
        assert condition is not None
        height, width = latents.shape[-2:]
        made = packed(latents)
        tokens = torch.cat([made, packed(condition)], dim=1)
        rows, columns = height // 2, width // 2
        where = torch.cat([places(rows, columns), places(rows, columns, picture=1)])
        prediction = self.run(tokens, where, timesteps, prompts, guidance)
        return unpacked(prediction[:, : made.shape[1]], height, width)
