"""What the daemon can do and which models it has, as messages of the wire."""

from __future__ import annotations

from typing import cast

import sfumato
from sfumato.engines.parameters import Operation
from sfumato.service import presets, recipe
from sfumato.service.ability import GET_A_MODEL, UNUSABLE
from sfumato.service.catalogue import Catalogue, ModelCard
from sfumato.service.parameters import MAX_PROMPT
from sfumato.service.planes import Codec
from sfumato.service.receive import MAX_CHUNK
from sfumato.service.segmenters import Find, Segmenter
from sfumato.service.vocabulary import CONTROL_KINDS, GRAY, OPERATIONS, SCHEDULERS
from sfumato.settings import Limits
from sfumato_client.version import PROTOCOL
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import models_pb2, pixels_pb2, segment_pb2


def capabilities(catalogue: Catalogue, limits: Limits) -> pb.GetCapabilitiesResponse:
    """What this daemon speaks, can do and allows."""
    cards = catalogue.models.values()
    ready = {operation for card in cards for operation in card.operations}
    return pb.GetCapabilitiesResponse(
        protocol=pb.ProtocolVersion(major=PROTOCOL[0], minor=PROTOCOL[1]),
        version=sfumato.__version__,
        engines=[_engine(name, catalogue) for name in _ENGINES],
        limits=pb.Limits(
            window_pixels=limits.window_pixels,
            edit_pixels=limits.edit_pixels,
            regions=limits.regions,
            upload_bytes=limits.upload_bytes,
            chunk_bytes=MAX_CHUNK,
            prompt_characters=MAX_PROMPT,
            queued_jobs=limits.queued_jobs,
        ),
        notices=[
            pb.Notice(code=UNUSABLE, message=f"The model {name} cannot be used: {reason}")
            for name, reason in catalogue.unusable.items()
        ],
        codecs=[cast("pixels_pb2.Codec", int(codec)) for codec in Codec],
        operations=OPERATIONS.wires(operation for operation in Operation if operation in ready),
    )


_ENGINES = ("fill", "diffusion")


def _engine(name: str, catalogue: Catalogue) -> pb.Engine:
    cards = [card for card in catalogue.models.values() if card.engine == name]
    operations = {operation for card in cards for operation in card.operations}
    gray = {meaning for card in cards for meaning in card.gray}
    return pb.Engine(
        name=name,
        operations=OPERATIONS.wires(sorted(operations)),
        gray=GRAY.wires(sorted(gray)),
        depth=pixels_pb2.DEPTH_U16,
        unavailable="" if cards else f"It needs a model. {GET_A_MODEL}",
    )


def models(catalogue: Catalogue) -> models_pb2.ListModelsResponse:
    """Everything that parameters can name."""
    return models_pb2.ListModelsResponse(
        models=[_model(card) for card in catalogue.models.values()],
        presets=[
            *(presets.listed(preset, catalogue) for preset in catalogue.presets.values()),
            *(recipe.listed(each, catalogue) for each in catalogue.recipes.values()),
        ],
        loras=[
            models_pb2.LoraModel(name=lora.name, family=lora.family, weight=lora.weight)
            for lora in catalogue.loras.values()
        ],
        default_model=catalogue.default,
        segmenters=[_segmenter(segmenter) for segmenter in catalogue.segmenters.values()],
        unusable=[
            models_pb2.UnusableModel(name=name, reason=reason)
            for name, reason in catalogue.unusable.items()
        ],
    )


def _segmenter(segmenter: Segmenter) -> segment_pb2.Segmenter:
    return segment_pb2.Segmenter(
        name=segmenter.name,
        title=segmenter.title,
        family=segmenter.family,
        points=Find.POINTS in segmenter.finds,
        boxes=Find.BOXES in segmenter.finds,
        text=Find.TEXT in segmenter.finds,
        subject=Find.SUBJECT in segmenter.finds,
        face=Find.FACE in segmenter.finds,
    )


def _model(card: ModelCard) -> models_pb2.Model:
    defaults = card.defaults
    return models_pb2.Model(
        name=card.name,
        title=card.title,
        engine=card.engine,
        family=card.family,
        installed=card.installed,
        loaded=card.loaded,
        native_area=card.native_area,
        buckets=[pixels_pb2.Extent(width=b.width, height=b.height) for b in card.buckets],
        operations=OPERATIONS.wires(card.operations),
        gray=GRAY.wires(card.gray),
        schedulers=SCHEDULERS.wires(card.schedulers),
        controls=CONTROL_KINDS.wires(card.controls),
        references=card.references,
        negative_prompt=card.negative_prompt,
        strength=card.strength,
        defaults=models_pb2.Defaults(
            steps=defaults.steps,
            guidance=defaults.guidance,
            guidance_max=defaults.guidance_max,
            strength=defaults.strength,
            scheduler=SCHEDULERS.wire(defaults.scheduler),
        ),
        license=card.license,
        vram_bytes=card.vram_bytes,
    )
