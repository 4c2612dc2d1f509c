"""What a model family says in its own tongue; all else is written once.

A stock diffusers pipeline holds the parts and reads prompts. An adapter turns a text into a
``Prompt``, a picture with a hole into the further channels of an inpainting model, and predicts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL.Image import Image
from torch import Tensor

from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.engines.diffusion.denoise import guided
from sfumato.engines.diffusion.loras import Loras
from sfumato.engines.diffusion.placement import Placement
from sfumato.engines.diffusion.request import Additions, Prompt, Rows
from sfumato.engines.diffusion.schedulers import Schedule, build_scheduler, classic_schedule
from sfumato.engines.parameters import Scheduler
from sfumato.models.families import Family


class Adapter(ABC):
    """A loaded model of one family, which computes on ``device``.

    ``placement`` says where its parts lie while they do not compute.
    """

    #: Whether the family draws the original's latents even where it has no use for them. Draws
    #: follow the stock pipelines, so that a seed means the same picture here and there.
    always_draws_original = False
    #: Whether the picture's latents are a condition of every step.
    looks_at_picture = False
    #: Whether prompts are read beside the picture, with ``encode_beside``.
    reads_picture = False
    #: Whether prompts of different lengths can share a batch.
    mixes_prompt_lengths = False
    #: What is added to the guidance that is asked for, to count it as all other families do.
    guidance_offset = 0.0
    #: Whether a picture's latents are drawn from their distribution, or are its mode.
    draws_latents = True

    def __init__(
        self, pipeline: Any, family: Family, device: torch.device, placement: Placement
    ) -> None:
        self.pipeline = pipeline
        self.placement = placement
        self.family = family
        self.network: Any = getattr(pipeline, family.denoiser)
        self.dtype: torch.dtype = self.network.dtype
        self.device = device
        self.scheduler_config = pipeline.scheduler.config
        self.autoencoder = self.open_autoencoder()
        self.loras = Loras(pipeline)

    def open_autoencoder(self) -> Autoencoder:
        """The VAE with the scale of its latents."""
        return Autoencoder(self.pipeline.vae, self.device)

    def tune(self, compiled: bool) -> None:
        """Make the network faster before its first step.

        ``compiled`` compiles the blocks it repeats, which costs half a minute at the first step.
        """
        convolves = isinstance(self.network, UNet2DConditionModel)
        if convolves and self.device.type == "cuda" and self.dtype != torch.float32:
            # Tensor cores want the channels of a convolution innermost.
            self.network.to(memory_format=torch.channels_last)
        if compiled:
            self.network.compile_repeated_blocks(dynamic=True)

    def spare(self) -> bool:
        """Take less memory, and longer; False if that is not possible."""
        return self.placement.spare()

    def relax(self, room: int) -> None:
        """Be as fast as ``room`` bytes for weights allow."""
        self.placement.relax(room)

    def make_room(self) -> bool:
        """Give back what makes passes faster, for a new model; False if there is nothing."""
        return False

    def equip(self, additions: Additions) -> None:
        """From now on encode and predict with exactly these additions; raises ``Refused``."""
        self.loras.wear(additions.loras)

    def seen(self, pictures: Sequence[Image]) -> tuple[Tensor, Tensor]:
        """Reference pictures as the network takes them, and what stands for none; (1, N, ...)."""
        raise NotImplementedError(f"{type(self).__name__} takes no reference pictures")

    @property
    @abstractmethod
    def inpaints(self) -> bool:
        """Whether the network is told the mask and the masked picture."""

    @abstractmethod
    def encode(self, text: str) -> Prompt:
        """A text as the network reads it."""

    def encode_beside(self, text: str, picture: Tensor) -> Prompt:
        """A text as the network reads it beside a picture (1, 3, H, W) in -1..1."""
        raise NotImplementedError(f"{type(self).__name__} reads no pictures")

    def nothing(self, prompt: Prompt) -> Prompt | None:
        """What stands for an absent negative prompt beside ``prompt``; None: the empty text."""
        return None

    def condition(self, hole: Tensor, masked: Tensor) -> Tensor:
        """The further channels of an inpainting model.

        ``hole`` is (1, 1, H, W) of zeros and ones, ``masked`` the latents (1, C, h, w) of the
        picture without what is in the hole. Returns (1, K, h, w).
        """
        raise NotImplementedError(f"{type(self).__name__} knows no inpainting models")

    @abstractmethod
    def predict(self, rows: Rows) -> Tensor:
        """See ``denoise.Denoiser``."""

    def guide(self, predictions: Tensor, scale: float) -> Tensor:
        """See ``denoise.Denoiser``."""
        return guided(predictions, scale)

    @torch.inference_mode()
    def objectionable(self, picture: Tensor) -> bool:
        """Whether the safety checker that came with the model objects to (1, 3, H, W) in -1..1."""
        if getattr(self.pipeline, "safety_checker", None) is None:
            return False
        # The checker blackens what it objects to, in place.
        _, found = self.pipeline.run_safety_checker(picture.clone(), self.device, self.dtype)
        return any(found)

    def schedule(
        self, scheduler: Scheduler, steps: int, strength: float, height: int, width: int
    ) -> Schedule:
        """A fresh schedule for latents of ``height`` x ``width``; ``Refused`` if it is empty."""
        built = build_scheduler(scheduler, self.scheduler_config)
        return classic_schedule(built, steps, strength)


def conditioned(rows: Rows) -> Tensor:
    """Latents with the further channels of an inpainting model, (B, C + K, h, w)."""
    if rows.condition is None:
        return rows.latents
    return torch.cat([rows.latents, rows.condition], dim=1)


def tokens_of(prompts: Sequence[Prompt]) -> Tensor:
    """Their tokens, (B, L, D)."""
    return torch.cat([prompt.tokens for prompt in prompts])


def pooled_of(prompts: Sequence[Prompt]) -> Tensor:
    """Their pooled embeddings, (B, P)."""
    return torch.cat([prompt.pooled for prompt in prompts if prompt.pooled is not None])
