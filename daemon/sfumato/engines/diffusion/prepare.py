"""From what the artist asked for to a request ready for its first step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL.Image import Image
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.diffusion import masks
from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.cache import Cache, fingerprint
from sfumato.engines.diffusion.controls import Guide
from sfumato.engines.diffusion.denoise import hold_back
from sfumato.engines.diffusion.request import NOTHING_ADDED, Additions, BatchKey, Prompt, Request
from sfumato.engines.parameters import Scheduler


class Masking(Enum):
    """How the amount of change a pixel may see becomes a change map."""

    BLEND = auto()
    PARTIAL = auto()
    #: As the stock pipelines do it, to be compared with them.
    STOCK = auto()


@dataclass(frozen=True, slots=True)
class Sampling:
    """The numbers of one request; ranges are those of ``engines.parameters``."""

    scheduler: Scheduler
    steps: int
    strength: float
    guidance: float
    seed: int
    true_guidance: bool = False
    additions: Additions = NOTHING_ADDED


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be changed, at working size.

    ``pixels`` is (1, 3, H, W) in -1..1, ``amount`` (1, 1, H, W) in 0..1: M for ``BLEND``, S for
    ``PARTIAL``. ``guides`` are for the ControlNets that the sampling adds, ``references`` for its
    IP-Adapter.
    """

    pixels: Tensor
    amount: Tensor
    masking: Masking
    guides: tuple[Guide, ...] = ()
    references: tuple[Image, ...] = ()


class Preparation:
    """Makes requests for one model, remembering texts and pictures it has seen.

    Random draws come in the stock pipelines' order, whether or not their result is needed: the
    original's latents, the noise, the masked picture's latents.
    """

    def __init__(self, model: str, adapter: Adapter, texts: int = 64, pictures: int = 16) -> None:
        self._model = model
        self._adapter = adapter
        self._texts: Cache[Prompt] = Cache(texts)
        self._posteriors: Cache[DiagonalGaussianDistribution] = Cache(pictures)

    def request(self, picture: Picture, prompt: str, negative: str, sampling: Sampling) -> Request:
        """A request before its first step; raises ``Refused`` for what the model cannot do."""
        adapter = self._adapter
        adapter.equip(sampling.additions)
        height, width = (side // adapter.autoencoder.scale for side in picture.pixels.shape[-2:])
        schedule = adapter.schedule(
            sampling.scheduler, sampling.steps, sampling.strength, height, width
        )
        prompts = self._prompts(prompt, negative, sampling, picture.pixels)
        prompts = self._beside(picture.references, prompts)
        change = self._change(picture)
        generator = torch.Generator("cpu").manual_seed(sampling.seed)
        shape = (1, adapter.autoencoder.channels, height, width)

        holds_back = not adapter.inpaints or picture.masking is Masking.PARTIAL
        original = None
        if holds_back or sampling.strength < 1 or adapter.always_draws_original:
            original = self._latents(picture.pixels, generator)
        noise = torch.randn(shape, generator=generator, dtype=adapter.dtype).to(adapter.device)
        if sampling.strength < 1 and original is not None:
            latents = schedule.noised(original, noise)
        else:
            latents = schedule.pure_noise(noise)
        condition = self._condition(picture, change, shape, generator)
        if adapter.looks_at_picture:
            condition = original

        distilled = adapter.family.distilled
        request = Request(
            key=BatchKey(
                self._model,
                adapter.dtype,
                shape,
                () if adapter.mixes_prompt_lengths else tuple(prompts[0].tokens.shape),
                sampling.additions,
            ),
            schedule=schedule,
            latents=latents,
            prompts=prompts,
            guidance=sampling.guidance + adapter.guidance_offset,
            # A guidance-distilled model under true guidance keeps its own at its default.
            embedded_guidance=(
                adapter.family.guidance_scale
                if distilled and sampling.true_guidance
                else sampling.guidance
            ),
            generator=generator,
            change=change,
            noise=noise,
            original=original if holds_back else None,
            condition=condition,
            guides=picture.guides,
        )
        if picture.masking is not Masking.STOCK:
            hold_back(request)
        return request

    def _prompts(
        self, prompt: str, negative: str, sampling: Sampling, pixels: Tensor
    ) -> tuple[Prompt, ...]:
        """One row, or two with classifier-free guidance: negative first."""
        family = self._adapter.family
        if negative and family.distilled and not sampling.true_guidance:
            raise Refused(
                "NEGATIVE_PROMPT_UNSUPPORTED",
                f"{family.title} takes no negative prompt. Leave it empty, or turn on true "
                "guidance, which takes twice the time.",
            )
        if negative and sampling.guidance <= 1:
            raise Refused(
                "NEGATIVE_PROMPT_WITHOUT_GUIDANCE",
                "A negative prompt works through guidance. Raise the guidance above 1, or leave "
                "the negative prompt empty.",
            )
        positive = self._text(prompt, sampling, pixels)
        if sampling.guidance <= 1 or (family.distilled and not sampling.true_guidance):
            return (positive,)
        absent = None if negative else self._adapter.nothing(positive)
        return (absent or self._text(negative, sampling, pixels), positive)

    def _beside(
        self, pictures: tuple[Image, ...], prompts: tuple[Prompt, ...]
    ) -> tuple[Prompt, ...]:
        """The prompts with reference pictures beside them, and nothing beside a negative one."""
        if not pictures:
            return prompts
        seen, nothing = self._adapter.seen(pictures)
        *negative, positive = prompts
        without = (prompt._replace(pictures=nothing) for prompt in negative)
        return (*without, positive._replace(pictures=seen))

    def _text(self, text: str, sampling: Sampling, pixels: Tensor) -> Prompt:
        # LoRAs change what text encoders make of a text.
        key = text, sampling.additions.loras
        if self._adapter.reads_picture:
            seen = (*key, fingerprint(pixels))
            return self._texts.get(seen, lambda: self._adapter.encode_beside(text, pixels))
        return self._texts.get(key, lambda: self._adapter.encode(text))

    def _change(self, picture: Picture) -> Tensor:
        make = {
            Masking.BLEND: masks.blend_map,
            Masking.PARTIAL: masks.partial_map,
            Masking.STOCK: masks.stock_map,
        }[picture.masking]
        adapter = self._adapter
        return make(picture.amount, adapter.autoencoder.scale).to(adapter.device)

    def _condition(
        self,
        picture: Picture,
        change: Tensor,
        shape: tuple[int, ...],
        generator: torch.Generator,
    ) -> Tensor | None:
        adapter = self._adapter
        if not adapter.inpaints:
            # Drawn and thrown away: samplers that draw in every step continue after it.
            torch.randn(shape, generator=generator)
            return None
        if picture.masking is Masking.STOCK:
            hole = (picture.amount >= 0.5).to(picture.amount.dtype)
        else:
            hole = masks.hole_of(change.to(picture.amount.device), adapter.autoencoder.scale)
        masked = self._latents(masks.without_hole(picture.pixels, hole), generator)
        return adapter.condition(hole.to(adapter.device), masked)

    def _latents(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """Latents drawn from the picture's posterior, which is remembered; the draw is not."""
        autoencoder = self._adapter.autoencoder
        posterior = self._posteriors.get(fingerprint(pixels), lambda: autoencoder.posterior(pixels))
        if not self._adapter.draws_latents:
            return autoencoder.scaled(posterior.mode())
        return autoencoder.draw(posterior, generator)
