"""FLUX.1 Kontext: FLUX that looks at the picture and follows instructions about it."""

from __future__ import annotations

import torch
from torch import Tensor

from sfumato.engines.diffusion.flux import Flux, packed, places, unpacked
from sfumato.engines.diffusion.request import Rows


class FluxKontext(Flux):
    """The picture's latents stand beside those being made, as further tokens."""

    looks_at_picture = True
    draws_latents = False

    @property
    def inpaints(self) -> bool:
        """The mask is not told; what is outside it is held back."""
        return False

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; ``condition`` are the picture's latents, (B, C, h, w)."""
        assert rows.condition is not None
        height, width = rows.latents.shape[-2:]
        made = packed(rows.latents)
        tokens = torch.cat([made, packed(rows.condition)], dim=1)
        grid = height // 2, width // 2
        where = torch.cat([places(*grid), places(*grid, picture=1)])
        prediction = self.run(tokens, where, rows)
        return unpacked(prediction[:, : made.shape[1]], height, width)
