"""Reference pictures: IP-Adapters let a UNet attend to a picture beside the prompt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from diffusers.models.embeddings import ImageProjection
from PIL.Image import Image
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.placement import Placement

MOST = 2
"""IP-Adapters that stay in memory with a model; the one used longest ago makes room."""


class WornAdapter(NamedTuple):
    """An IP-Adapter's file and its encoder's directory, its weight, and for how many pictures."""

    file: Path
    encoder: Path
    scale: float
    pictures: int


@dataclass(slots=True)
class _Parts:
    """What diffusers puts into a pipeline for an IP-Adapter."""

    attention: dict[str, Any]
    projection: Any
    encoder: Any
    extractor: Any


class References:
    """The IP-Adapters of one loaded pipeline, read by diffusers when they are first worn."""

    def __init__(
        self, pipeline: Any, device: torch.device, placement: Placement, most: int = MOST
    ) -> None:
        self._pipeline = pipeline
        self._device = device
        self._placement = placement
        self._most = most
        self._read: OrderedDict[Path, _Parts] = OrderedDict()
        # How the UNet attends without, to be put back.
        self._plain: dict[str, Any] = {}
        self._worn: WornAdapter | None = None

    def wear(self, wanted: WornAdapter | None) -> None:
        """From now on the UNet attends to pictures so, or not at all; raises ``Refused``."""
        if wanted == self._worn:
            return
        if self._worn is not None:
            self._take_off()
        if wanted is None:
            return
        self._plain = dict(self._pipeline.unet.attn_processors)
        if wanted.file not in self._read:
            self._read[wanted.file] = self._load(wanted)
        self._read.move_to_end(wanted.file)
        self._put_on(self._read[wanted.file], wanted.scale)
        while len(self._read) > self._most:
            dropped, _ = self._read.popitem(last=False)
            self._placement.drop(str(dropped))
        self._worn = wanted

    @torch.inference_mode()
    def encode(self, pictures: Sequence[Image]) -> tuple[Tensor, Tensor]:
        """Pictures as the worn adapter takes them, (1, N, ...), and what stands for none."""
        network = self._pipeline.unet
        [projection] = network.encoder_hid_proj.image_projection_layers
        plus = not isinstance(projection, ImageProjection)
        seen, nothing = self._pipeline.encode_image(list(pictures), self._device, 1, plus)
        return seen[None].to(network.dtype), nothing[None].to(network.dtype)

    def _put_on(self, parts: _Parts, scale: float) -> None:
        unet = self._pipeline.unet
        # The call empties what it is given.
        unet.set_attn_processor(dict(parts.attention))
        unet.encoder_hid_proj = parts.projection
        unet.config.encoder_hid_dim_type = "ip_image_proj"
        self._pipeline.image_encoder = parts.encoder
        self._pipeline.feature_extractor = parts.extractor
        self._pipeline.set_ip_adapter_scale(scale)
        self._placement.renew()

    def _take_off(self) -> None:
        unet = self._pipeline.unet
        unet.set_attn_processor(dict(self._plain))
        unet.encoder_hid_proj = None
        unet.config.encoder_hid_dim_type = None
        self._worn = None

    def _load(self, wanted: WornAdapter) -> _Parts:
        pipeline, root = self._pipeline, wanted.file.parent.parent
        pipeline.image_encoder = None  # it would keep another adapter's
        try:
            pipeline.load_ip_adapter(
                root,
                subfolder=wanted.file.parent.name,
                weight_name=wanted.file.name,
                image_encoder_folder=wanted.encoder.relative_to(root).as_posix(),
                local_files_only=True,
            )
        # What diffusers raises for weights of other shapes or names depends on the file.
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            self._take_off()
            raise Refused(
                "REFERENCE_UNFIT", f"The IP-Adapter {wanted.file} cannot be used here: {error}."
            ) from error
        self._placement.adopt(str(wanted.file), pipeline.image_encoder)
        return _Parts(
            dict(pipeline.unet.attn_processors),
            pipeline.unet.encoder_hid_proj,
            pipeline.image_encoder,
            pipeline.feature_extractor,
        )
