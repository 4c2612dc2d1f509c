"""Z-Image: a flow-matching transformer that takes prompts of any length side by side."""

from __future__ import annotations

import torch
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.schedulers import (
    Schedule,
    build_scheduler,
    flow_schedule,
    shift_for,
)
from sfumato.engines.parameters import Scheduler


class ZImage(Adapter):
    """Rows are lists: each has its own number of words."""

    always_draws_original = True
    mixes_prompt_lengths = True
    # Its guidance counts what is added to the prompt's own prediction, not to the negative one's.
    guidance_offset = 1.0

    @property
    def inpaints(self) -> bool:
        """The mask is not told; what is outside it is held back."""
        return False

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """The language model's last but one hidden states, (1, L, D), as long as the text."""
        positive, _ = self.pipeline.encode_prompt(
            [text], device=self.device, do_classifier_free_guidance=False
        )
        return Prompt(positive[0][None])

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; this network counts time from noise and predicts backwards."""
        predictions: list[Tensor] = self.network(
            list(rows.latents.unsqueeze(2).unbind(0)),
            (1000 - rows.timesteps) / 1000,
            [prompt.tokens[0] for prompt in rows.prompts],
        )[0]
        return -torch.stack(predictions).squeeze(2)

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """See ``Adapter.schedule``."""
        built = build_scheduler(scheduler, self.scheduler_config)
        shift = shift_for((height // 2) * (width // 2), built.config)
        return flow_schedule(built, steps, strength, shift, evenly=True)
