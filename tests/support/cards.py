"""Models that daemons are told of in tests, without their weights."""

from __future__ import annotations

from sfumato.engines.parameters import Gray, Operation, Scheduler
from sfumato.service.catalogue import Defaults, ModelCard

SDXL = ModelCard(
    name="big",
    title="SDXL",
    engine="diffusion",
    family="sdxl",
    operations=(Operation.REMOVE, Operation.GENERATE),
    gray=(Gray.BLEND, Gray.PARTIAL),
    sampled=True,
    schedulers=(Scheduler.EULER,),
    strength=True,
    defaults=Defaults(steps=25, guidance=6.0, guidance_max=6.5),
)
