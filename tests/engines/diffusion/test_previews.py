"""Previews: colours from latents, and no more of them than are of use."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import cast

import numpy as np
import torch

from sfumato.engines.diffusion.autoencoder import Autoencoder
from sfumato.engines.diffusion.looks import Projection
from sfumato.engines.diffusion.previews import Previewer
from sfumato.engines.messages import Preview
from sfumato_client.geometry import Bounds
from tests.support.diffusion import as_pixels, photograph


def preview(work_id: str) -> Preview:
    return Preview(work_id, b"jpeg", Bounds(0, 0, 1, 1))


class MixingAutoencoder:
    """Four latent channels, each a mix of the mean red, green and blue of 8 x 8 pixels."""

    scale = 8
    mix = torch.tensor([[1.0, 0.5, 0.0], [0.0, -2.0, 0.3], [0.7, 0.1, 1.5], [0.2, 0.2, 0.2]])

    def posterior(self, picture: torch.Tensor) -> SimpleNamespace:
        """A distribution with a mode and nothing else."""
        small = torch.nn.functional.avg_pool2d(picture, self.scale)
        return SimpleNamespace(mode=lambda: torch.einsum("kc,nchw->nkhw", self.mix, small) + 0.1)

    def scaled(self, latents: torch.Tensor) -> torch.Tensor:
        """A scale and a shift."""
        return (latents - 0.2) * 0.18


def test_colours_are_found_again_in_a_linear_models_latents() -> None:
    autoencoder = cast("Autoencoder", MixingAutoencoder())
    projection = Projection(autoencoder)
    picture = as_pixels(photograph())
    shown = projection(autoencoder.scaled(autoencoder.posterior(picture).mode()))
    wanted = torch.nn.functional.avg_pool2d(picture / 2 + 0.5, 8)[0].permute(1, 2, 0)
    assert np.abs(shown - wanted.numpy()).max() < 1e-4


def test_the_first_preview_comes_after_a_sixth_of_the_steps() -> None:
    previewer = Previewer()
    assert [previewer.due("a", done, 30) for done in (1, 4, 5)] == [False, False, True]
    previewer.close()


def test_one_is_drawn_at_a_time_and_not_again_at_once() -> None:
    previewer, hold = Previewer(), threading.Event()

    def drawing() -> Preview:
        hold.wait(10)
        return preview("a")

    previewer.draw("a", drawing)
    assert not previewer.due("b", 10, 10)
    assert list(previewer.drawn()) == []
    hold.set()
    previewer.close()
    assert list(previewer.drawn()) == [preview("a")]
    assert not previewer.due("a", 10, 10)
    assert previewer.due("b", 10, 10)


def test_what_is_drawn_of_a_forgotten_job_is_not_shown() -> None:
    previewer, hold = Previewer(), threading.Event()

    def drawing() -> Preview:
        hold.wait(10)
        raise ValueError("mmap closed")

    previewer.draw("a", drawing)
    previewer.forget("a")
    hold.set()
    previewer.close()
    assert list(previewer.drawn()) == []
