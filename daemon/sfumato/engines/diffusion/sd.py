"""Stable Diffusion 1.5 and 2, with 4 channels or the 9 of their inpainting models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from PIL.Image import Image
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, conditioned, tokens_of
from sfumato.engines.diffusion.controls import ControlNets
from sfumato.engines.diffusion.graphs import Graphs, Inputs
from sfumato.engines.diffusion.placement import Placement
from sfumato.engines.diffusion.references import References
from sfumato.engines.diffusion.request import NOTHING_ADDED, Additions, Prompt, Rows
from sfumato.models.families import Family


class StableDiffusion(Adapter):
    """A UNet that attends to CLIP's 77 tokens."""

    def __init__(
        self, pipeline: Any, family: Family, device: torch.device, placement: Placement
    ) -> None:
        super().__init__(pipeline, family, device, placement)
        self.control_nets = ControlNets(placement, self.dtype)
        self.references = References(pipeline, device, placement)
        self._graphs = Graphs(self._bare, device)
        self._adds = False
        self._compiled = False

    def tune(self, compiled: bool) -> None:
        """See ``Adapter.tune``: what is compiled is not recorded."""
        super().tune(compiled)
        self._compiled = compiled

    def spare(self) -> bool:
        """See ``Adapter.spare``: recordings go first."""
        return self._graphs.stop() or super().spare()

    def relax(self, room: int) -> None:
        """See ``Adapter.relax``."""
        super().relax(room)
        self._graphs.resume()

    def make_room(self) -> bool:
        """See ``Adapter.make_room``."""
        return self._graphs.forget()

    def equip(self, additions: Additions) -> None:
        """See ``Adapter.equip``: ControlNets and an IP-Adapter, too."""
        super().equip(additions)
        self._adds = additions != NOTHING_ADDED
        self.control_nets.use(additions.controls)
        self.references.wear(additions.reference)

    def seen(self, pictures: Sequence[Image]) -> tuple[Tensor, Tensor]:
        """See ``Adapter.seen``."""
        return self.references.encode(pictures)

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
        return self.run(rows, {})

    def run(self, rows: Rows, added: dict[str, Any]) -> Tensor:
        """The UNet's prediction; ``added`` are tensors it is told beside text and time."""
        tokens = tokens_of(rows.prompts)
        latents = conditioned(rows)
        if not self.placement.whole:
            self._graphs.forget()
        elif not (self._adds or self._compiled):
            inputs = {"latents": latents, "timesteps": rows.timesteps, "tokens": tokens, **added}
            return self._graphs(inputs, self.placement.moves)
        residuals = self.control_nets.residuals(
            rows.latents, rows.timesteps, tokens, rows.controls, added
        )
        pictures = [row.pictures for row in rows.prompts if row.pictures is not None]
        if pictures:
            added = added | {"image_embeds": [torch.cat(pictures)]}
        return self._predicted(latents, rows.timesteps, tokens, added, residuals)

    def _bare(self, inputs: Inputs) -> Tensor:
        """The prediction of a UNet with nothing added to it."""
        added = dict(inputs)
        latents, timesteps, tokens = (
            added.pop(name) for name in ("latents", "timesteps", "tokens")
        )
        return self._predicted(latents, timesteps, tokens, added, {})

    def _predicted(
        self,
        latents: Tensor,
        timesteps: Tensor,
        tokens: Tensor,
        added: dict[str, Any],
        residuals: dict[str, Any],
    ) -> Tensor:
        prediction: Tensor = self.network(
            latents,
            timesteps,
            encoder_hidden_states=tokens,
            added_cond_kwargs=added,
            return_dict=False,
            **residuals,
        )[0]
        return prediction
