"""One patch on its way through a model: pixels in, a request through the steps, pixels out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sfumato.engines.diffusion.content import in_samples, shown, started
from sfumato.engines.diffusion.frame import Frame, Plane
from sfumato.engines.diffusion.prepare import Masking, Picture, Sampling
from sfumato.engines.diffusion.request import Request
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.edit import Patch
from sfumato.engines.parameters import Gray, MaskedContent, Parameters
from sfumato.imaging.colour import matched
from sfumato.imaging.depth import Colour, as_float

RING = 24
"""Colours are compared in so many pixels around the mask."""


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A patch, how it lies in the working size, and the request that paints it."""

    patch: Patch
    frame: Frame
    request: Request

    @classmethod
    def begin(cls, patch: Patch, parameters: Parameters, studio: Studio) -> Painting:
        """Encode the patch; ``parameters`` are resolved. Raises ``Refused``."""
        seed = parameters.seed + patch.variation
        frame = Frame.of(patch.window.extent, studio.model.buckets)
        content = parameters.masked_content or MaskedContent.ORIGINAL
        colour = started(shown(patch), patch.unknown, content, seed)
        by_degrees = parameters.gray is Gray.PARTIAL
        amount = as_float(patch.selection if by_degrees else patch.mask)
        picture = Picture(
            pixels=_as_pixels(frame.enter(colour)),
            amount=torch.from_numpy(frame.enter_amount(amount))[None, None],
            masking=Masking.PARTIAL if by_degrees else Masking.BLEND,
        )
        request = studio.preparation.request(
            picture, parameters.prompt, parameters.negative_prompt, _sampling(parameters, seed)
        )
        return cls(patch, frame, request)

    def finish(self, studio: Studio) -> Colour:
        """The finished picture over the window, in the document's samples.

        A VAE shifts colours a little; they are matched to the picture around the mask.
        """
        colour = self.placed(_as_colour(studio.adapter.autoencoder.decode(self.request.latents)))
        before = in_samples(shown(self.patch), self.patch.picture.shape[2])
        return matched(colour, before, self.patch.mask > 0, _ring(self.patch))

    def placed(self, picture: Plane) -> Colour:
        """A picture at working size or less, (h, w, 3), as ``finish`` gives it."""
        return in_samples(self.frame.leave(picture), self.patch.picture.shape[2])


def _ring(patch: Patch) -> NDArray[np.bool_]:
    """Known pixels around the mask, where the model has shown what is there already."""
    near = cv2.dilate((patch.mask > 0).astype(np.uint8), np.ones((2 * RING + 1, 2 * RING + 1)))
    return (near > 0) & ~patch.unknown


def _sampling(parameters: Parameters, seed: int) -> Sampling:
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
    )


def _as_pixels(colour: Plane) -> Tensor:
    """(H, W, 3) of 0..1 as the (1, 3, H, W) of -1..1 that models take."""
    clipped = np.clip(colour, 0, 1)
    return torch.from_numpy(clipped).permute(2, 0, 1)[None].contiguous() * 2 - 1


def _as_colour(pixels: Tensor) -> Plane:
    """The inverse of ``_as_pixels``, clipped."""
    colour = (pixels[0].float() / 2 + 0.5).clamp(0, 1).permute(1, 2, 0)
    return np.asarray(colour.cpu().numpy(), np.float32)
