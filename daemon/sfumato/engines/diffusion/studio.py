"""A model in memory with all that belongs to it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cached_property

import torch

from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.frame import Frame
from sfumato.engines.diffusion.looks import Decoding, Look, Projection
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.prepare import Preparation, Sampling
from sfumato.engines.diffusion.preprocess import Depth
from sfumato.engines.diffusion.schedulers import Schedule
from sfumato.models.decoders import TinyDecoder, decoder_folder
from sfumato.models.description import Model
from sfumato.models.guides import DepthEstimator
from sfumato.models.library import Library
from sfumato.models.loading import load_tiny_decoder

MOST_AREA = 4
"""A second pass may have so many times the area the model was trained for."""


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Studio:
    """A loaded model: its adapter, what it remembers, and how its latents are shown."""

    model: Model
    adapter: Adapter
    preparation: Preparation
    library: Library = field(default_factory=lambda: Library({}))
    decoding: Decoding | None = None

    @classmethod
    def open(
        cls,
        model: Model,
        device: torch.device,
        dtype: torch.dtype,
        checked: bool = True,
        library: Library | None = None,
        room: int | None = None,
        thrift: Thrift | None = None,
        compiled: bool = False,
    ) -> Studio:
        """Load the model for the device; see ``load_adapter`` and ``Adapter.tune``.

        ``library`` has what can be added to it: LoRAs, ControlNets, IP-Adapters.
        """
        adapter = load_adapter(model, device, dtype, checked, room, thrift)
        # Streamed layers come and go, which compiled code could not follow.
        adapter.tune(compiled and adapter.placement.thrift < Thrift.LAYERS)
        library = library or Library({})
        decoding = _decoding(model, adapter, library)
        return cls(model, adapter, Preparation(model.name, adapter), library, decoding)

    @cached_property
    def depth(self) -> Depth | None:
        """What makes depth maps of pictures; None where the library has no estimator."""
        estimators = self.library.usable(DepthEstimator).values()
        found = next(iter(estimators), None)
        return Depth(found.directory, self.adapter.device) if found else None

    def finer(self, frame: Frame) -> Frame:
        """The frame of a second pass: the window's own size, if it is not much too large."""
        return frame.finer(MOST_AREA * self.model.native_area, self.model.family.grid)

    def second_schedule(self, frame: Frame, sampling: Sampling) -> Schedule:
        """What a second pass over the frame's window will take."""
        size, scale = self.finer(frame).size, self.adapter.autoencoder.scale
        return self.adapter.schedule(
            sampling.scheduler,
            sampling.steps,
            sampling.strength,
            size.height // scale,
            size.width // scale,
        )

    @cached_property
    def look(self) -> Look:
        """Latents to RGB: by a tiny decoder, else by a projection, fitted when first needed."""
        return self.decoding or Projection(self.adapter.autoencoder)


def _decoding(model: Model, adapter: Adapter, library: Library) -> Decoding | None:
    """What a tiny decoder makes of the model's latents; None where there is none of use."""
    try:
        folder = decoder_folder(model, library.usable(TinyDecoder).values())
        if folder is None:
            return None
        network = load_tiny_decoder(folder, adapter.device, adapter.dtype)
        if network.config.latent_channels != adapter.autoencoder.channels:
            log.warning("%s is for other latents than those of %s", folder, model.name)
            return None
    # Damaged files make the library raise whatever it trips over; there are previews without.
    except Exception as error:
        log.warning("no tiny decoder for the previews of %s: %s", model.name, error)
        return None
    adapter.placement.allow_for(network)
    return Decoding(network, adapter.device)
