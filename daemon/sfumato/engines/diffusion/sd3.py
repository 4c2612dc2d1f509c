"""Stable Diffusion 3: a flow-matching transformer with classifier-free guidance."""

from __future__ import annotations

import torch
from torch import Tensor

from sfumato.engines.diffusion.adapter import Adapter, pooled_of, tokens_of
from sfumato.engines.diffusion.request import Prompt, Rows
from sfumato.engines.diffusion.schedulers import Schedule, build_scheduler, flow_schedule, shift_for
from sfumato.engines.parameters import Scheduler


class StableDiffusion3(Adapter):
    """Two CLIPs and T5 side by side; 16 latent channels."""

    @property
    def inpaints(self) -> bool:
        """There is no inpainting model of this family."""
        return False

    @torch.inference_mode()
    def encode(self, text: str) -> Prompt:
        """CLIP's 77 tokens followed by T5's 256, (1, 333, D), and both CLIPs' pooled ones."""
        tokens, _, pooled, _ = self.pipeline.encode_prompt(
            prompt=text,
            prompt_2=None,
            prompt_3=None,
            device=self.device,
            do_classifier_free_guidance=False,
        )
        return Prompt(tokens, pooled)

    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``; guidance is classifier-free and not the network's."""
        prediction: Tensor = self.network(
            hidden_states=rows.latents,
            timestep=rows.timesteps,
            encoder_hidden_states=tokens_of(rows.prompts),
            pooled_projections=pooled_of(rows.prompts),
            return_dict=False,
        )[0]
        return prediction

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """See ``Adapter.schedule``."""
        built = build_scheduler(scheduler, self.scheduler_config)
        patch = self.network.config.patch_size
        shift = shift_for((height // patch) * (width // patch), built.config)
        return flow_schedule(built, steps, strength, shift, evenly=False)
