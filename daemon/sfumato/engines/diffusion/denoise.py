"""One denoising step for a batch of requests, each at its own timestep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from sfumato.engines.diffusion.controls import ControlRows
from sfumato.engines.diffusion.masks import held, held_back
from sfumato.engines.diffusion.request import Additions, Request, Rows


class Denoiser(Protocol):
    """What the loop needs of a model family."""

    def equip(self, additions: Additions) -> None:
        """From now on predict with exactly these additions."""

    def predict(self, rows: Rows) -> Tensor:
        """The network's prediction, (B, C, h, w), for B rows."""

    def guide(self, predictions: Tensor, scale: float) -> Tensor:
        """One prediction (1, C, h, w) of one request's one or two; see ``guided``."""


def denoise(denoiser: Denoiser, batch: Sequence[Request]) -> None:
    """Advance every request of ``batch`` by one step. All share one ``BatchKey``."""
    denoiser.equip(batch[0].key.additions)
    with torch.inference_mode():
        step(denoiser, batch)


def step(denoiser: Denoiser, batch: Sequence[Request]) -> None:
    """``denoise`` with a denoiser that is equipped for it.

    The network alone computes in its precision; what becomes of its predictions is in float32.
    """
    predictions = denoiser.predict(rows_of(batch)).float()
    shares = torch.split(predictions, [len(request.prompts) for request in batch])
    for request, share in zip(batch, shares, strict=True):
        advance(request, denoiser.guide(share, request.guidance))


def rows_of(batch: Sequence[Request]) -> Rows:
    """What the network is given for these requests: each one's rows, one after the other."""
    rows = [(request, prompt) for request in batch for prompt in request.prompts]
    inputs = {id(request): request.schedule.scaled(request.latents) for request in batch}
    latents = torch.cat([inputs[id(request)] for request, _ in rows])
    device, dtype = latents.device, batch[0].key.dtype
    conditions = [request.condition for request, _ in rows if request.condition is not None]
    return Rows(
        latents=latents.to(dtype),
        timesteps=numbers([request.schedule.timestep for request, _ in rows], device),
        prompts=[prompt for _, prompt in rows],
        condition=torch.cat(conditions).to(dtype) if conditions else None,
        guidance=numbers([request.embedded_guidance for request, _ in rows], device),
        controls=tuple(
            control_rows([request for request, _ in rows], index)
            for index in range(len(batch[0].guides))
        ),
    )


def numbers(values: Sequence[float], device: torch.device) -> Tensor:
    """One number for each row, (B,), in float32 whatever the process's default is."""
    return torch.tensor(values, dtype=torch.float32, device=device)


def control_rows(rows: Sequence[Request], index: int) -> ControlRows:
    """The part of a pass that the ControlNet at ``index`` of the rows' key has."""
    guides = [(request.guides[index], request.schedule) for request in rows]
    weights = [guide.weight(schedule.done, schedule.total) for guide, schedule in guides]
    images = torch.cat([guide.image for guide, _ in guides])
    return ControlRows(images, numbers(weights, images.device))


def guided(predictions: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance (Ho and Salimans, 2022).

    ``predictions`` is (2, C, h, w), negative first, or (1, C, h, w), which is returned as it is.
    """
    if len(predictions) == 1:
        return predictions
    negative, positive = predictions.chunk(2)
    return negative + scale * (positive - negative)


def advance(request: Request, prediction: Tensor) -> None:
    """Take one request over one step, then hold back what must not change yet."""
    schedule = request.schedule
    request.latents, request.picture = schedule.step(prediction, request.latents, request.generator)
    hold_back(request)


def hold_back(request: Request) -> None:
    """Put the original, as noisy as the rest, wherever the change map does not allow change yet."""
    if request.original is None:
        return
    schedule = request.schedule
    holding = held_back(request.change, schedule.done, schedule.total)
    original = request.original
    if schedule.remaining:
        original = schedule.noised(original, request.noise)
    request.latents = held(request.latents, original, holding)
