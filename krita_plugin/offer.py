"""What the daemon has to offer, as the docker needs it."""

from __future__ import annotations

from dataclasses import dataclass

from sfumato_client import Model, Operation, Preset, can_be_used
from sfumato_client.wire.inpainting_pb2 import GetCapabilitiesResponse
from sfumato_client.wire.models_pb2 import ListModelsResponse
from sfumato_client.wire.segment_pb2 import Segmenter

from .presets import can_remove, only_removes, stated
from .settings import Settings

GENERATE, INSTRUCT = Operation.OPERATION_GENERATE, Operation.OPERATION_INSTRUCT
REMOVE = Operation.OPERATION_REMOVE
NEEDS_MODEL = (
    "Generate needs a model. Get one with `sfumato models pull NAME`; `sfumato models available` "
    "lists them. Remove works now."
)


@dataclass(frozen=True)
class Offer:
    """The daemon's version, its usable models, presets, segmenters, and which buttons work.

    ``lacks`` is a sentence that says what Generate is missing, or empty.
    """

    version: str
    models: tuple[Model, ...]
    presets: tuple[Preset, ...]
    segmenters: tuple[Segmenter, ...]
    default_model: str
    can_generate: bool
    can_remove: bool
    lacks: str

    @staticmethod
    def of(capabilities: GetCapabilitiesResponse, listed: ListModelsResponse) -> Offer:
        """From the daemon's two answers."""
        models = tuple(
            model
            for model in listed.models
            if model.installed and {GENERATE, INSTRUCT} & set(model.operations)
        )
        ready = bool({GENERATE, INSTRUCT} & set(capabilities.operations)) and bool(models)
        reasons = [engine.unavailable for engine in capabilities.engines if engine.unavailable]
        lacks = " ".join(reasons) if models else NEEDS_MODEL
        return Offer(
            version=capabilities.version,
            models=models,
            presets=tuple(listed.presets),
            segmenters=tuple(listed.segmenters),
            default_model=listed.default_model,
            can_generate=ready,
            can_remove=REMOVE in capabilities.operations,
            lacks="" if ready else lacks or NEEDS_MODEL,
        )

    def model(self, name: str) -> Model | None:
        """The model of this name, the default one for an empty name."""
        wanted = name or self.default_model
        return next((model for model in self.models if model.name == wanted), None)

    def preset(self, name: str) -> Preset | None:
        """The preset of this name."""
        return next((preset for preset in self.presets if preset.name == name), None)

    def preset_for(self, operation: Operation, settings: Settings) -> Preset | None:
        """The chosen preset; Remove has no use for one that paints, nor Generate for the other."""
        preset = self.preset(settings.preset)
        if preset is None:
            return None
        model = self.model(settings.model)
        removing = model is not None and REMOVE in model.operations
        # Where the model cannot, fill has to, whom not every recipe suits.
        who = settings.model if removing or not preset.stages else ""
        fits = can_remove(preset, who) if operation == REMOVE else not only_removes(preset)
        return preset if fits else None

    @property
    def findable(self) -> set[str]:
        """What can be selected automatically: of "point", "box", "face" and so on."""
        names = {
            "point": "points",
            "box": "boxes",
            "face": "face",
            "subject": "subject",
            "text": "text",
        }
        return {
            what
            for what, field in names.items()
            if any(getattr(segmenter, field) for segmenter in self.segmenters)
        }

    @property
    def usable_presets(self) -> tuple[Preset, ...]:
        """All that the models can do, or without a model those that remove."""
        if self.models:
            return tuple(preset for preset in self.presets if can_be_used(preset))
        return tuple(preset for preset in self.presets if can_remove(preset, ""))

    def model_for(self, operation: Operation, settings: Settings) -> Model | None:
        """Who does it; None for fill.

        That removes, unless a preset for removing is chosen together with a model.
        """
        model = self.model(settings.model)
        if operation != REMOVE:
            return model
        named = settings.model and self.preset_for(operation, settings) is not None
        return model if named and model is not None and REMOVE in model.operations else None

    def verb(self, operation: Operation, settings: Settings) -> Operation:
        """What Generate means for model and preset: to paint, or to follow an instruction."""
        model, preset = self.model_for(operation, settings), self.preset(settings.preset)
        if operation == REMOVE or model is None:
            return operation
        told = preset is not None and stated(preset, model.name).operation == INSTRUCT
        return INSTRUCT if told or GENERATE not in model.operations else operation
