"""What a model has no use for, and so need not be told.

The daemon refuses it. That is right for who said it for this very edit; what an editor remembers of
an earlier one, or a dialog's default, is left out instead.
"""

from __future__ import annotations

from sfumato_client.wire.models_pb2 import ListModelsResponse, Model
from sfumato_client.wire.parameters_pb2 import GrayMeaning, Operation, Parameters

_FILL = "fill"
_SAMPLED = frozenset({"steps", "guidance", "scheduler", "masked_content", "seam_pass"})


def doer(listed: ListModelsResponse, asked: Parameters) -> Model | None:
    """Return the model that does an edit; None for fill, which removes where none is named."""
    removing = asked.operation == Operation.OPERATION_REMOVE or not asked.prompt
    if removing and not asked.model:
        return None
    return model_named(listed, asked.model or listed.default_model)


def model_named(listed: ListModelsResponse, name: str) -> Model | None:
    """Return the model of that name; None for one that the daemon does not know."""
    return next((model for model in listed.models if model.name == name), None)


def unused(model: Model | None) -> frozenset[str]:
    """Return the parameters of which a model has no use, whatever their value; None is fill."""
    if model is None or model.engine == _FILL:
        return _SAMPLED | {"strength", "negative_prompt"}
    has = {"strength": model.strength, "negative_prompt": model.negative_prompt}
    return frozenset(name for name, used in has.items() if not used)


def usable(asked: Parameters, model: Model | None) -> Parameters:
    """Return what was asked for without that of which the model has no use; None is fill."""
    left = Parameters()
    left.CopyFrom(asked)
    for name in unused(model):
        left.ClearField(name)
    known = model.gray if model is not None else [GrayMeaning.GRAY_MEANING_BLEND]
    if left.gray not in known:
        left.ClearField("gray")
    return left
