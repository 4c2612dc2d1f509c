"""Samplers: diffusers' own, one instance a request, wound to where the request begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import diffusers
import numpy as np
import torch
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.parameters import Scheduler

# The class of each sampler, and what makes it that sampler. Everything else (betas, prediction
# type, spacing) is the model's.
SAMPLERS: Mapping[Scheduler, tuple[str, Mapping[str, Any]]] = {
    Scheduler.DPMPP_2M_SDE: (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "sde-dpmsolver++", "solver_order": 2, "use_karras_sigmas": False},
    ),
    Scheduler.DPMPP_2M_KARRAS: (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": True},
    ),
    # Latents are no picture: clipping them to -1..1 is for models that denoise pixels.
    Scheduler.DDIM: ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
    Scheduler.EULER: ("EulerDiscreteScheduler", {"use_karras_sigmas": False}),
    Scheduler.EULER_ANCESTRAL: ("EulerAncestralDiscreteScheduler", {}),
    Scheduler.UNIPC: ("UniPCMultistepScheduler", {"solver_order": 2, "use_karras_sigmas": False}),
    Scheduler.FLOW_MATCH_EULER: ("FlowMatchEulerDiscreteScheduler", {}),
    Scheduler.LCM: ("LCMScheduler", {"clip_sample": False}),
    Scheduler.TRAILING_EULER: (
        "EulerDiscreteScheduler",
        {"use_karras_sigmas": False, "timestep_spacing": "trailing"},
    ),
}


def build_scheduler(scheduler: Scheduler, config: Mapping[str, Any]) -> Any:
    """A fresh diffusers scheduler: ``scheduler`` with the rest as in the model's ``config``."""
    class_name, overrides = SAMPLERS[scheduler]
    return getattr(diffusers, class_name).from_config(config, **overrides)


class Schedule:
    """Where one request stands between noise and picture.

    ``done`` of ``total`` steps are taken. Tensors are latents of shape (1, C, h, w).
    """

    def __init__(self, scheduler: Any, first: int) -> None:
        self._scheduler = scheduler
        self._timesteps: Tensor = scheduler.timesteps[first:]
        self.done = 0
        self.total = len(self._timesteps)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)

    @property
    def remaining(self) -> int:
        """Steps to go."""
        return self.total - self.done

    @property
    def timestep(self) -> float:
        """The timestep the next step starts from, 0 to 1000."""
        return float(self._timesteps[self.done])

    def pure_noise(self, noise: Tensor) -> Tensor:
        """Latents to begin with at full strength: unit noise, scaled as the sampler has it."""
        # Flow matching begins with unit noise and has no attribute that would say so.
        return noise * getattr(self._scheduler, "init_noise_sigma", 1.0)

    def noised(self, original: Tensor, noise: Tensor) -> Tensor:
        """``original`` with as much noise as latents have before the next step."""
        timestep = self._timesteps[self.done : self.done + 1]
        if hasattr(self._scheduler, "scale_noise"):
            blended: Tensor = self._scheduler.scale_noise(original, timestep, noise)
        else:
            blended = self._scheduler.add_noise(original, noise, timestep)
        return blended

    def scaled(self, latents: Tensor) -> Tensor:
        """Latents as the network wants them."""
        if not hasattr(self._scheduler, "scale_model_input"):
            return latents
        scaled: Tensor = self._scheduler.scale_model_input(latents, self._timesteps[self.done])
        return scaled

    def step(
        self, prediction: Tensor, latents: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The latents one step on, and what the picture would be if this were the last one."""
        timestep = self._timesteps[self.done]
        if hasattr(self._scheduler, "scale_noise"):
            sigma = timestep / self._scheduler.config.num_train_timesteps
            picture = latents - sigma * prediction
            latents = self._scheduler.step(prediction, timestep, latents, return_dict=False)[0]
        else:
            random = {"generator": generator} if self._draws else {}
            output = self._scheduler.step(prediction, timestep, latents, **random)
            latents = output.prev_sample
            picture = self._picture(output)
        self.done += 1
        return latents, picture

    @property
    def _draws(self) -> bool:
        # UniPC's step takes no generator.
        return not isinstance(self._scheduler, diffusers.UniPCMultistepScheduler)

    def _picture(self, output: Any) -> Tensor:
        if hasattr(self._scheduler, "model_outputs"):  # multistep samplers keep their estimates
            picture: Tensor = self._scheduler.model_outputs[-1]
        elif getattr(output, "denoised", None) is not None:  # LCM
            picture = output.denoised
        else:
            picture = output.pred_original_sample
        return picture


def classic_schedule(scheduler: Any, steps: int, strength: float) -> Schedule:
    """A schedule of the families that predict noise.

    Strength below 1 leaves out the first steps, rounded as the stock pipelines do. Raises
    ``Refused`` if no step is left.
    """
    scheduler.set_timesteps(steps)
    taken = min(int(steps * strength), steps)
    return _begun(scheduler, steps - taken, strength)


def flow_schedule(
    scheduler: Any, steps: int, strength: float, shift: float, evenly: bool
) -> Schedule:
    """A schedule of the flow-matching families.

    ``shift`` counts for models that shift their schedule dynamically. ``evenly`` spaces sigmas from
    1 to 1/steps before the shift (FLUX); otherwise the scheduler's own spacing is used (SD3).
    Raises ``Refused`` if no step is left.
    """
    shifted = {"mu": shift} if scheduler.config.get("use_dynamic_shifting") else {}
    sigmas = {"sigmas": np.linspace(1.0, 1 / steps, steps)} if evenly else {}
    scheduler.set_timesteps(steps, **sigmas, **shifted)
    first = int(max(steps - min(steps * strength, steps), 0))
    return _begun(scheduler, first, strength)


def shift_for(tokens: int, config: Mapping[str, Any]) -> float:
    """The shift of the noise schedule: linear in the number of image tokens."""
    base, most = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    slope = (most - base) / (many - few)
    return float(tokens * slope + (base - slope * few))


def _begun(scheduler: Any, first: int, strength: float) -> Schedule:
    if first >= len(scheduler.timesteps):
        raise Refused(
            "STRENGTH_TOO_LOW",
            f"At strength {strength:g} none of the {len(scheduler.timesteps)} steps is left. "
            "Use more steps or more strength.",
        )
    return Schedule(scheduler, first)
