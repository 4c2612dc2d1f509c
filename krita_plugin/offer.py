"""What the daemon has to offer, as the docker needs it."""

from __future__ import annotations

from dataclasses import dataclass

from sfumato_client import Model, Operation
from sfumato_client.wire.inpainting_pb2 import GetCapabilitiesResponse
from sfumato_client.wire.models_pb2 import ListModelsResponse, Preset

NEEDS_MODEL = "Generate needs a model. Install one with `sfumato models install`; Remove works now."


@dataclass(frozen=True)
class Offer:
    """The daemon's version, its usable models, presets, and which of the two buttons work.

    ``lacks`` is a sentence that says what Generate is missing, or empty.
    """

    version: str
    models: tuple[Model, ...]
    presets: tuple[Preset, ...]
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
            if model.installed and Operation.OPERATION_GENERATE in model.operations
        )
        ready = Operation.OPERATION_GENERATE in capabilities.operations and bool(models)
        reasons = [engine.unavailable for engine in capabilities.engines if engine.unavailable]
        lacks = "" if ready else " ".join([NEEDS_MODEL, *reasons[:1]] if not models else reasons)
        return Offer(
            version=capabilities.version,
            models=models,
            presets=tuple(listed.presets),
            default_model=listed.default_model,
            can_generate=ready,
            can_remove=Operation.OPERATION_REMOVE in capabilities.operations,
            lacks="" if ready else lacks or NEEDS_MODEL,
        )

    def model(self, name: str) -> Model | None:
        """The model of this name, the default one for an empty name."""
        wanted = name or self.default_model
        return next((model for model in self.models if model.name == wanted), None)
