"""Paintings whose steps are done, decoded together: as many in one pass as memory has room for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.studio import Studio

TOGETHER = 1024 * 1024
"""Pixels of a pass, if it is of several pictures: what one takes that most models can paint."""


class Decoder:
    """Decodes paintings, each to what it would be alone."""

    def __init__(self) -> None:
        # How many fit into memory, by the shape of their latents, where that was found out.
        self._limits: dict[torch.Size, int] = {}

    def choose(self, painted: Sequence[Painting], studio: Studio) -> list[Painting]:
        """Those that share the next pass, of some of one model: the first, and others like it.

        Where memory is saved, each is decoded alone.
        """
        latents = painted[0].request.latents
        alike = [each for each in painted if each.request.latents.shape == latents.shape]
        if studio.adapter.placement.thrift > Thrift.WHOLE:
            return alike[:1]
        area = latents.shape[-2] * latents.shape[-1] * studio.adapter.autoencoder.scale**2
        return alike[: self._limits.get(latents.shape, max(1, TOGETHER // area))]

    def limit(self, batch: Sequence[Painting]) -> bool:
        """These did not fit: decode half as many from now on; False if it is but one."""
        if len(batch) > 1:
            self._limits[batch[0].request.latents.shape] = len(batch) // 2
        return len(batch) > 1


def pictures(paintings: Sequence[Painting], studio: Studio) -> list[Tensor]:
    """The picture of each, (1, 3, H, W) and about -1..1, in one pass; all are of one size."""
    latents = torch.cat([painting.request.latents for painting in paintings])
    return list(torch.split(studio.adapter.autoencoder.decode(latents), 1))
