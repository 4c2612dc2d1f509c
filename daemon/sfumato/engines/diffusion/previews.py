"""Quick looks at unfinished latents, drawn beside the step loop at a bounded rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.engines.messages import Preview
from sfumato.imaging.depth import Colour

INTERVAL = 0.5
"""Seconds between two previews of one job at least."""
CHART_SIDE = 256


class Projection:
    """Latents to RGB by a linear map, which holds well for flat colours.

    The map is fitted once a model: a chart of smooth colours goes through the model's own VAE, and
    least squares do the rest. So it needs no table for any family.
    """

    def __init__(self, autoencoder: Autoencoder) -> None:
        chart = colour_chart(CHART_SIDE)
        with torch.inference_mode():
            latents = autoencoder.scaled(autoencoder.posterior(chart).mode())
        small = torch.nn.functional.avg_pool2d(chart, autoencoder.scale)
        self._map = torch.linalg.lstsq(_with_one(latents), _pixels(small).double()).solution

    def __call__(self, latents: Tensor) -> Colour:
        """RGB in 0..1, (h, w, 3), of latents (1, C, h, w)."""
        height, width = latents.shape[-2:]
        colour = (_with_one(latents) @ self._map).reshape(height, width, 3)
        return np.asarray((colour / 2 + 0.5).clamp(0, 1).numpy(), np.float32)


class Decoding:
    """Latents to RGB by a tiny decoder: a clear picture, at working size."""

    def __init__(self, network: Any, dtype: torch.dtype, device: torch.device) -> None:
        self._decoder = Autoencoder(network, dtype, device)

    def __call__(self, latents: Tensor) -> Colour:
        """RGB in 0..1, (H, W, 3), of latents (1, C, h, w) in the denoiser's scale."""
        colour = (self._decoder.decode(latents)[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0)
        return np.asarray(colour.cpu().numpy(), np.float32)


Look = Projection | Decoding
"""What makes a quick look of latents."""


def colour_chart(side: int) -> Tensor:
    """A picture (1, 3, side, side) in -1..1 of smoothly changing, evenly spread colours."""
    place = torch.linspace(0, 2 * torch.pi, side)
    row, column = torch.meshgrid(place, place, indexing="ij")
    # Waves that do not share a period: every mix of the three comes up somewhere.
    return torch.stack([torch.sin(3 * row), torch.sin(2 * column), torch.cos(row + 4 * column)])[
        None
    ]


class Previewer:
    """Draws previews in a thread of its own, one at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._drawing: tuple[str, Future[Preview | None]] | None = None
        self._shown: dict[str, float] = {}

    def due(self, work_id: str, done: int, total: int) -> bool:
        """Whether a job should be shown now: first after a sixth of its steps, then at times."""
        if self._drawing is not None or 6 * done < total:
            return False
        return time.monotonic() - self._shown.get(work_id, -INTERVAL) >= INTERVAL

    def draw(self, work_id: str, drawing: Callable[[], Preview | None]) -> None:
        """Begin to draw; ``drawn`` has the preview once it is there."""
        self._shown[work_id] = time.monotonic()
        self._drawing = work_id, self._thread.submit(drawing)

    def drawn(self) -> Iterator[Preview]:
        """The preview that is ready by now, if there is one."""
        if self._drawing is None or not self._drawing[1].done():
            return
        (work_id, drawing), self._drawing = self._drawing, None
        # The pixels of a job that ended meanwhile were taken from under the drawing.
        preview = drawing.result() if work_id in self._shown else None
        if preview is not None:
            yield preview

    def forget(self, work_id: str) -> None:
        """The job ended: what is still being drawn of it is not shown."""
        self._shown.pop(work_id, None)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def _pixels(picture: Tensor) -> Tensor:
    return picture[0].flatten(1).T


def _with_one(latents: Tensor) -> Tensor:
    """Each latent pixel as a row, with a 1 for the constant: (h * w, C + 1), on the CPU."""
    rows = _pixels(latents).double().cpu()
    return torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], dim=1)
