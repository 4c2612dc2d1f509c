"""One patch on its way through a model: pixels in, a request through the steps, pixels out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.devices import fetched
from sfumato.engines.diffusion.additions import additions, guides, references
from sfumato.engines.diffusion.content import in_samples, shown, started
from sfumato.engines.diffusion.frame import Frame, Plane
from sfumato.engines.diffusion.prepare import Masking, Picture, Sampling, Views
from sfumato.engines.diffusion.request import Request
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.edit import Patch
from sfumato.engines.parameters import Gray, MaskedContent, Parameters
from sfumato.imaging.depth import Colour, as_float
from sfumato.imaging.matching import matched

COARSE = 0.9
"""A window that is reduced below this gets a second, finer pass."""
SECOND_STRENGTH = 0.35
"""Enough to make sharp what was enlarged, too little to make it something else."""
LEAST_STEPS = 8
"""With fewer, that strength would leave no more than one step or two."""
RING = 24
"""Colours are compared in so many pixels around the mask."""


Decoded = Callable[[], Plane]
"""A picture that is on its way from the device; the call waits for it, in any thread."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A patch as its model will get it: all that can be done without a device."""

    patch: Patch
    frame: Frame
    picture: Picture
    views: Views

    @classmethod
    def of(
        cls, patch: Patch, parameters: Parameters, studio: Studio, filled: Colour | None = None
    ) -> Draft:
        """Lay the patch into its working size; ``parameters`` are resolved. From any thread.

        ``filled`` is what the fill engine made of it, RGB in 0..1 in a size of its own, if
        denoising is to begin from that.
        """
        assert parameters.strength is not None
        frame = Frame.of(patch.window.extent, studio.model.buckets)
        colour = filled
        if colour is None:
            content = parameters.masked_content or MaskedContent.ORIGINAL
            seed = parameters.seed + patch.variation
            colour = started(shown(patch), patch.unknown, content, seed)
        by_degrees = parameters.gray is Gray.PARTIAL
        amount = as_float(patch.selection if by_degrees else patch.mask)
        masking = Masking.PARTIAL if by_degrees else Masking.BLEND
        picture = _picture(frame, colour, amount, masking)
        views = studio.preparation.views(picture, parameters.strength)
        return cls(patch, frame, picture, views)


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A patch, how it lies in the working size, and the request that paints it.

    ``first`` is what the first pass made, RGB over the window, if this is the second.
    ``second_steps`` is how many steps a second pass will take: 0 if there will be none.
    """

    patch: Patch
    frame: Frame
    request: Request
    second_steps: int = 0
    first: Plane | None = None

    @classmethod
    def begin(cls, draft: Draft, parameters: Parameters, studio: Studio) -> Painting:
        """Encode a draft; ``parameters`` are resolved. Raises ``Refused``."""
        patch, frame = draft.patch, draft.frame
        sampling = _sampling(parameters, parameters.seed + patch.variation, studio)
        request = studio.preparation.request(
            replace(
                draft.picture,
                guides=guides(parameters, patch, frame, studio),
                references=references(parameters, patch),
            ),
            parameters.prompt,
            parameters.negative_prompt,
            sampling,
            draft.views,
        )
        # Once more by degrees would change twice what should change in part.
        again = frame.scale < COARSE and draft.picture.masking is not Masking.PARTIAL
        steps = studio.second_schedule(frame, _again(sampling)).total if again else 0
        return cls(patch, frame, request, steps)

    def second(self, parameters: Parameters, studio: Studio, decoded: Plane) -> Painting:
        """The same patch once more, finer, from what the first pass made."""
        first = self.frame.leave(decoded)
        unchanged = shown(self.patch)
        colour = np.where((self.patch.mask > 0)[..., None], first, unchanged)
        frame = studio.finer(self.frame)
        request = studio.preparation.request(
            replace(
                _picture(frame, colour, as_float(self.patch.mask), Masking.BLEND),
                guides=guides(parameters, self.patch, frame, studio),
                references=references(parameters, self.patch),
            ),
            parameters.prompt,
            parameters.negative_prompt,
            _again(_sampling(parameters, parameters.seed + self.patch.variation, studio)),
        )
        return Painting(self.patch, frame, request, first=first)

    def decoded(self, studio: Studio, picture: Tensor | None = None) -> Decoded:
        """The picture at working size; ``Refused`` if the safety checker objects to it.

        ``picture`` is what the autoencoder makes of the latents, where it was asked already.
        """
        if picture is None:
            picture = studio.adapter.autoencoder.decode(self.request.latents)
        if studio.adapter.objectionable(picture):
            raise Refused(
                "UNSAFE_RESULT",
                "The model's safety checker holds this result back. Try another prompt or seed; "
                "who runs the daemon can turn the checker off.",
            )
        return _as_colour(picture)

    def finished(self, decoded: Plane) -> Colour:
        """The decoded picture over the window, in the document's samples and matched to it.

        Needs no device, and may be called from any thread.
        """
        return self._matched(self.placed(decoded))

    def fallback(self, studio: Studio) -> Colour | None:
        """What the first pass made, as ``finished`` gives it; None if it is not done yet."""
        if self.first is not None:
            return self._matched(in_samples(self.first, self.patch.picture.shape[2]))
        if self.second_steps and not self.request.remaining:
            return self.finished(self.decoded(studio)())
        return None

    def placed(self, picture: Plane) -> Colour:
        """A picture at working size or less, (h, w, 3), over the window in document's samples."""
        return in_samples(self.frame.leave(picture), self.patch.picture.shape[2])

    def _matched(self, colour: Colour) -> Colour:
        """A VAE shifts colours a little; they are matched to the picture around the mask."""
        before = in_samples(shown(self.patch), self.patch.picture.shape[2])
        return matched(colour, before, self.patch.mask > 0, _ring(self.patch))


def _picture(frame: Frame, colour: Colour, amount: Plane, masking: Masking) -> Picture:
    """RGB, in any size, and a mask over the window as the model gets them."""
    return Picture(
        pixels=_as_pixels(frame.enter(colour)),
        amount=torch.from_numpy(frame.enter_amount(amount))[None, None],
        masking=masking,
    )


def _again(sampling: Sampling) -> Sampling:
    """The second pass only adds detail."""
    return replace(sampling, strength=SECOND_STRENGTH, steps=max(sampling.steps, LEAST_STEPS))


def _ring(patch: Patch) -> NDArray[np.bool_]:
    """Known pixels around the mask, where the model has shown what is there already."""
    near = cv2.dilate((patch.mask > 0).astype(np.uint8), np.ones((2 * RING + 1, 2 * RING + 1)))
    return (near > 0) & ~patch.unknown


def _sampling(parameters: Parameters, seed: int, studio: Studio) -> Sampling:
    assert parameters.scheduler is not None
    assert parameters.steps is not None
    assert parameters.strength is not None
    assert parameters.guidance is not None
    return Sampling(
        scheduler=parameters.scheduler,
        steps=parameters.steps,
        strength=parameters.strength,
        guidance=parameters.guidance,
        seed=seed,
        true_guidance=parameters.true_guidance,
        additions=additions(parameters, studio.model, studio.library),
    )


def _as_pixels(colour: Plane) -> Tensor:
    """(H, W, 3) of 0..1 as the (1, 3, H, W) of -1..1 that models take."""
    clipped = np.clip(colour, 0, 1)
    return torch.from_numpy(clipped).permute(2, 0, 1)[None].contiguous() * 2 - 1


def _as_colour(pixels: Tensor) -> Decoded:
    """The inverse of ``_as_pixels``, clipped."""
    colour = fetched((pixels[0].float() / 2 + 0.5).clamp(0, 1).permute(1, 2, 0))
    return lambda: np.asarray(colour().numpy(), np.float32)
