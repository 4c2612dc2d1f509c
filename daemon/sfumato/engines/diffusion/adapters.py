"""Which adapter speaks which family."""

from __future__ import annotations

from typing import Any

import torch

from sfumato.engines.devices import memory_budget
from sfumato.engines.diffusion.adapter import Adapter
from sfumato.engines.diffusion.flux import Flux
from sfumato.engines.diffusion.flux2 import Flux2Klein
from sfumato.engines.diffusion.kontext import FluxKontext
from sfumato.engines.diffusion.placement import HOST, Placement, Thrift, fitting
from sfumato.engines.diffusion.qwen import QwenImage, QwenImageEdit
from sfumato.engines.diffusion.sd import StableDiffusion
from sfumato.engines.diffusion.sd3 import StableDiffusion3
from sfumato.engines.diffusion.sdxl import StableDiffusionXL
from sfumato.engines.diffusion.z_image import ZImage
from sfumato.models.description import Model
from sfumato.models.families import Family
from sfumato.models.loading import load_pipeline

ADAPTERS: dict[str, type[Adapter]] = {
    "sd": StableDiffusion,
    "sdxl": StableDiffusionXL,
    "sd3": StableDiffusion3,
    "flux": Flux,
    "kontext": FluxKontext,
    "flux2": Flux2Klein,
    "z-image": ZImage,
    "qwen": QwenImage,
    "qwen-edit": QwenImageEdit,
}


def load_adapter(
    model: Model,
    device: torch.device,
    dtype: torch.dtype,
    checked: bool = True,
    room: int | None = None,
    thrift: Thrift | None = None,
) -> Adapter:
    """The model, loaded for ``device``, with its safety checker if it has one.

    ``room`` is how many bytes it may take there, by default all of the device's budget; what does
    not fit is dealt with by ``thrift``, by default the least with which all fits.
    """
    room = memory_budget(device) if room is None else room
    thrift = fitting(model.part_bytes(dtype.itemsize), room) if thrift is None else thrift
    # Its files are read once, however little of it the device turns out to take.
    pipeline = load_pipeline(model, HOST, dtype, checked)
    return adapted(pipeline, model.family, device, room, thrift)


def adapted(
    pipeline: Any,
    family: Family,
    device: torch.device,
    room: int,
    thrift: Thrift = Thrift.WHOLE,
) -> Adapter:
    """A pipeline that is loaded already, placed for ``device``."""
    placement = Placement(pipeline, device, room, thrift)
    return ADAPTERS[family.adapter](pipeline, family, device, placement)
