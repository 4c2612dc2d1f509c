"""From what the artist asked for to a request ready for its first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

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
from sfumato.engines.diffusion.draws import unit_noise
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


class Seen(NamedTuple):
    """A picture (1, 3, H, W) in -1..1 that the autoencoder reads, and what tells it from others."""

    pixels: Tensor
    mark: bytes

    @classmethod
    def of(cls, pixels: Tensor) -> Seen:
        """A picture with its mark."""
        return cls(pixels, fingerprint(pixels))


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What is made of a picture without a device, on the CPU.

    ``change`` is its change map. ``original`` is there where its latents are of use; ``hole``, (1,
    1, H, W) of zeros and ones, and ``masked``, the picture without it, for inpainting models.
    """

    change: Tensor
    original: Seen | None
    hole: Tensor | None
    masked: Seen | None

    @property
    def seen(self) -> list[Seen]:
        """What the autoencoder has to read."""
        return [seen for seen in (self.original, self.masked) if seen is not None]


class Drawn(NamedTuple):
    """What is drawn for a request, in this order: as the stock pipelines do, needed or not.

    All are (1, C, h, w): the original's latents, the noise, and for inpainting models what the
    masked picture's latents become part of.
    """

    original: Tensor | None
    noise: Tensor
    condition: Tensor | None


class Preparation:
    """Makes requests for one model, remembering texts and pictures it has seen."""

    def __init__(self, model: str, adapter: Adapter, texts: int = 64, pictures: int = 32) -> None:
        self._model = model
        self._adapter = adapter
        self._texts: Cache[Prompt] = Cache(texts)
        self._posteriors: Cache[DiagonalGaussianDistribution] = Cache(pictures)

    def views(self, picture: Picture, strength: float) -> Views:
        """What can be made of a picture without a device, from any thread."""
        adapter = self._adapter
        scale = adapter.autoencoder.scale
        stock = picture.masking is Masking.STOCK
        change = _change(picture, scale)
        original = self._holds_back(picture) or strength < 1 or adapter.always_draws_original
        hole = masked = None
        if adapter.inpaints:
            amount = picture.amount
            hole = (amount >= 0.5).to(amount.dtype) if stock else masks.hole_of(change, scale)
            masked = Seen.of(masks.without_hole(picture.pixels, hole))
        return Views(change, Seen.of(picture.pixels) if original else None, hole, masked)

    def encode(self, views: Sequence[Views], most: int) -> None:
        """Encode pictures of one size that are not known yet, at most so many in a pass."""
        new = {
            seen.mark: seen.pixels
            for view in views
            for seen in view.seen
            if seen.mark not in self._posteriors
        }
        marks = list(new)
        for start in range(0, len(marks), most):
            some = marks[start : start + most]
            posteriors = self._adapter.autoencoder.posteriors(torch.cat([new[m] for m in some]))
            for mark, posterior in zip(some, posteriors, strict=True):
                self._posteriors.put(mark, posterior)

    def request(
        self,
        picture: Picture,
        prompt: str,
        negative: str,
        sampling: Sampling,
        views: Views | None = None,
    ) -> Request:
        """A request before its first step; raises ``Refused`` for what the model cannot do.

        ``views`` are those of the picture, where they were made before.
        """
        adapter = self._adapter
        adapter.equip(sampling.additions)
        views = views or self.views(picture, sampling.strength)
        height, width = (side // adapter.autoencoder.scale for side in picture.pixels.shape[-2:])
        schedule = adapter.schedule(
            sampling.scheduler, sampling.steps, sampling.strength, height, width
        )
        prompts = self._prompts(prompt, negative, sampling, picture.pixels)
        prompts = self._beside(picture.references, prompts)
        generator = torch.Generator("cpu").manual_seed(sampling.seed)
        shape = (1, adapter.autoencoder.channels, height, width)

        drawn = self._draw(views, shape, generator)
        if sampling.strength < 1 and drawn.original is not None:
            latents = schedule.noised(drawn.original, drawn.noise)
        else:
            latents = schedule.pure_noise(drawn.noise)

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
            change=views.change.to(adapter.device),
            noise=drawn.noise,
            original=drawn.original if self._holds_back(picture) else None,
            condition=drawn.original if adapter.looks_at_picture else drawn.condition,
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

    def _holds_back(self, picture: Picture) -> bool:
        """Whether the original is put back around the mask after every step."""
        return not self._adapter.inpaints or picture.masking is Masking.PARTIAL

    def _draw(self, views: Views, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        adapter = self._adapter
        original = self._latents(views.original, generator) if views.original else None
        noise = unit_noise(shape, generator).to(adapter.device)
        return Drawn(original, noise, self._condition(views, shape, generator))

    def _condition(
        self, views: Views, shape: tuple[int, ...], generator: torch.Generator
    ) -> Tensor | None:
        if views.hole is None or views.masked is None:
            # Drawn and thrown away: samplers that draw in every step continue after it.
            unit_noise(shape, generator)
            return None
        masked = self._latents(views.masked, generator)
        return self._adapter.condition(views.hole.to(self._adapter.device), masked)

    def _latents(self, seen: Seen, generator: torch.Generator) -> Tensor:
        """Latents drawn from the picture's posterior, which is remembered; the draw is not."""
        autoencoder = self._adapter.autoencoder
        posterior = self._posteriors.get(seen.mark, lambda: autoencoder.posterior(seen.pixels))
        if not self._adapter.draws_latents:
            return autoencoder.scaled(posterior.mode())
        return autoencoder.draw(posterior, generator)


def _change(picture: Picture, scale: int) -> Tensor:
    make = {
        Masking.BLEND: masks.blend_map,
        Masking.PARTIAL: masks.partial_map,
        Masking.STOCK: masks.stock_map,
    }[picture.masking]
    return make(picture.amount, scale)
