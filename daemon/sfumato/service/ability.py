"""Which model does an edit, and whether it can do all that is asked of it.

What a model cannot do is refused by the parameter's name, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sfumato.engines.parameters import ControlKind, Operation, Parameters
from sfumato.service.catalogue import Catalogue, ModelCard
from sfumato.service.presets import filled
from sfumato.service.status import Refusal, invalid, not_found, unsupported

GET_A_MODEL = (
    "Get one with `sfumato models pull NAME` (`sfumato models available` lists them), or start the "
    "daemon with your own: `sfumato serve --model NAME=DIR`."
)

UNUSABLE = "MODEL_UNUSABLE"
"""The reason of errors, and the code of notices, about what the daemon was told of in vain."""


def resolved(parameters: Parameters, catalogue: Catalogue) -> tuple[Parameters, ModelCard]:
    """The parameters with their model named, and its card; a ``Refusal`` if it cannot do them.

    A preset's values are filled in where there were none; its name is known to be one.
    """
    card = _card(parameters, catalogue)
    _check_loras(parameters, card, catalogue)
    _check_control_images(parameters, card)
    if parameters.operation is not Operation.REMOVE and not parameters.prompt.strip():
        raise invalid("parameters.prompt", "Say in the prompt what should be there.")
    for name in _beyond(parameters, card):
        raise unsupported(
            "PARAMETER_UNSUPPORTED",
            f"The model {card.name} cannot use {name.replace('_', ' ')}. Leave it out, or choose "
            "another model.",
            f"parameters.{name}",
        )
    if parameters.preset:
        few_steps = any(catalogue.loras[lora.name].few_steps for lora in parameters.loras)
        parameters = filled(parameters, catalogue.presets[parameters.preset], card, few_steps)
    return replace(parameters, model=card.name), card


def _card(parameters: Parameters, catalogue: Catalogue) -> ModelCard:
    name = parameters.model or _default(parameters.operation, catalogue)
    if not name:
        raise _needs_model()
    card = catalogue.models.get(name)
    if card is None:
        refuse_unusable(name, catalogue, "parameters.model")
        raise not_found(
            "MODEL_UNKNOWN",
            f"There is no model {name!r}. Known: {_names(catalogue.models)}.",
            "parameters.model",
        )
    if not card.prompted and (parameters.operation is not Operation.REMOVE or parameters.prompt):
        raise _needs_model()
    if parameters.operation not in card.operations:
        raise unsupported(
            "OPERATION_UNSUPPORTED",
            f"The model {name} cannot {parameters.operation}. It can {_names(card.operations)}.",
            "parameters.operation",
        )
    return card


def refuse_unusable(name: str, catalogue: Catalogue, field: str) -> None:
    """Refuse what the daemon was told of and cannot use, with the reason."""
    if name in catalogue.unusable:
        raise unsupported(
            UNUSABLE, f"The model {name} cannot be used: {catalogue.unusable[name]}", field
        )


def _check_loras(parameters: Parameters, card: ModelCard, catalogue: Catalogue) -> None:
    names = [lora.name for lora in parameters.loras]
    for name in names:
        lora = catalogue.loras.get(name)
        if lora is None:
            refuse_unusable(name, catalogue, "parameters.loras")
            raise not_found(
                "LORA_UNKNOWN",
                f"There is no LoRA {name!r}. Known: {_names(catalogue.loras)}.",
                "parameters.loras",
            )
        if card.name not in lora.models:
            raise unsupported(
                "LORA_UNFIT",
                f"The LoRA {name} was made for {lora.family} and does not fit {card.name}, a "
                f"{card.title}. It fits: {_names(sorted(lora.models))}.",
                "parameters.loras",
            )
        if names.count(name) > 1:
            raise invalid("parameters.loras", f"The LoRA {name} is named twice.")


def _check_control_images(parameters: Parameters, card: ModelCard) -> None:
    for control in parameters.controls:
        made = control.plane is not None or control.kind in card.control_images
        if control.kind in card.controls and not made:
            raise unsupported(
                "CONTROL_IMAGE_MISSING",
                f"Nothing here makes a {control.kind} image of the picture. Give one with the edit"
                + (
                    ", or add a depth estimator to the daemon with `sfumato models add`."
                    if control.kind is ControlKind.DEPTH
                    else "."
                ),
                "parameters.controls",
            )


def _default(operation: Operation, catalogue: Catalogue) -> str:
    """Fill to remove, else the default model if it can do this, or the first that can."""
    able = [card.name for card in catalogue.models.values() if operation in card.operations]
    if operation is not Operation.REMOVE and catalogue.default in able:
        return catalogue.default
    return next(iter(able), "")


def _needs_model() -> Refusal:
    return unsupported(
        "NEEDS_MODEL",
        "Painting what a prompt describes needs a diffusion model; fill only removes. "
        + GET_A_MODEL,
        "parameters.model",
    )


def _beyond(parameters: Parameters, card: ModelCard) -> Iterator[str]:
    """The parameters that are given but that this model has no use for."""
    if parameters.gray not in card.gray:
        yield "gray"
    guided = card.negative_prompt or parameters.true_guidance
    if parameters.negative_prompt and not guided:
        yield "negative_prompt"
    if parameters.strength is not None and not card.strength:
        yield "strength"
    if parameters.scheduler is not None and parameters.scheduler not in card.schedulers:
        yield "scheduler"
    if not card.sampled:
        for name in ("steps", "guidance", "masked_content", "seam_pass"):
            if getattr(parameters, name) not in (None, False):
                yield name
    if parameters.true_guidance and not card.prompted:
        yield "true_guidance"
    if parameters.enhance_prompt and not parameters.prompt:
        yield "enhance_prompt"
    if any(control.kind not in card.controls for control in parameters.controls):
        yield "controls"
    if parameters.references and not card.references:
        yield "references"


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
