"""Pictures that pass the autoencoder together, as many as memory has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from sfumato.engines.devices import attempt
from sfumato.engines.diffusion.limits import Limits
from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.studio import Studio
from sfumato_client.geometry import Extent

TOGETHER = 1024 * 1024
"""Pixels of a pass, if it is of several pictures: what one takes that most models can paint."""
TRIED_AGAIN = 32
"""See ``Limits``: passes are fewer than steps."""


class Room:
    """How many pictures of a size one pass of the autoencoder may have."""

    def __init__(self) -> None:
        self._limits = Limits(TRIED_AGAIN)

    def most(self, studio: Studio, size: Extent) -> int:
        """So many; one where memory is saved."""
        if studio.adapter.placement.thrift > Thrift.WHOLE:
            return 1
        return self._limits.most(size, max(1, TOGETHER // size.area))

    def short(self, size: Extent, count: int) -> bool:
        """So many did not fit: half as many from now on; False if it is but one."""
        return self._limits.halve(size, count)


class Decoder:
    """Decodes paintings, each to what it would be alone."""

    def __init__(self) -> None:
        self._room = Room()

    def decode(
        self, painted: Sequence[Painting], studio: Studio
    ) -> Mapping[Painting, Tensor] | None:
        """Decode, of some of one model, the first and others of its size, in one pass.

        Pictures are (1, 3, H, W) and about -1..1. None where memory is too short even for the
        first; none at all where fewer have to share the next pass.
        """
        size = painted[0].frame.size
        alike = [each for each in painted if each.frame.size == size]
        batch = alike[: self._room.most(studio, size)]
        decoded: Mapping[Painting, Tensor] = {}
        with attempt() as tried:
            latents = torch.cat([painting.request.latents for painting in batch])
            pictures = torch.split(studio.adapter.autoencoder.decode(latents), 1)
            decoded = dict(zip(batch, pictures, strict=True))
        return None if tried.short and not self._room.short(size, len(batch)) else decoded
