"""What the artist left open is decided here, and what the model cannot do is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sfumato.engines.base import Refused
from sfumato.engines.parameters import Gray, MaskedContent, Operation, Parameters, Scheduler
from sfumato.models.description import Model
from sfumato.models.library import Library
from sfumato.models.lora import FewSteps, LoraFile


def resolve(
    parameters: Parameters,
    model: Model,
    loras: Sequence[LoraFile] = (),
    new_canvas: bool = False,
) -> Parameters:
    """The parameters with every open value decided; raises ``Refused``.

    ``loras`` are those that the parameters name. One that was distilled to few steps decides how it
    is sampled, where the artist does not. ``new_canvas``: there is nothing under the mask yet.
    """
    _refuse_what_is_missing(parameters, model)
    family = model.family
    distilled = next((lora.few_steps for lora in loras if lora.few_steps), None)
    wanted = _guided(parameters, distilled) if distilled else parameters
    removing = parameters.operation is Operation.REMOVE
    whole = MaskedContent.FILL if removing or new_canvas else MaskedContent.ORIGINAL
    return replace(
        parameters,
        steps=wanted.steps or family.steps,
        strength=family.strength if parameters.strength is None else parameters.strength,
        guidance=family.guidance_scale if wanted.guidance is None else wanted.guidance,
        scheduler=_scheduler(wanted.scheduler, model),
        # By degrees means away from the original: anything else under the mask would show.
        masked_content=MaskedContent.ORIGINAL
        if parameters.gray is Gray.PARTIAL
        else parameters.masked_content or whole,
        seam_pass=False,
    )


def begins_from_fill(parameters: Parameters, model: Model) -> bool:
    """Whether what the fill engine makes should stand under the mask when denoising begins.

    At full strength only models that look at the picture would see it. ``parameters`` are resolved.
    """
    assert parameters.strength is not None
    seen = parameters.strength < 1 or model.family.instructs
    return seen and parameters.masked_content is MaskedContent.FILL


def lora_files(parameters: Parameters, model: Model, library: Library) -> list[LoraFile]:
    """The LoRAs that the parameters name; ``Refused`` if one is not here or does not fit."""
    known = library.usable(LoraFile)
    for lora in parameters.loras:
        if lora.name not in known:
            raise Refused("LORA_UNKNOWN", f"There is no LoRA {lora.name!r} here.")
        if model not in known[lora.name].fit:
            made_for = known[lora.name].fit.title()
            raise Refused("LORA_UNFIT", f"The LoRA {lora.name} was made for {made_for}.")
    return [known[lora.name] for lora in parameters.loras if lora.scale]


def _guided(parameters: Parameters, distilled: FewSteps) -> Parameters:
    """The parameters, sampled as a few-step LoRA wants where they leave it open."""
    guidance = distilled.guidance if parameters.guidance is None else parameters.guidance
    return replace(
        parameters,
        steps=parameters.steps or distilled.steps,
        guidance=guidance,
        scheduler=parameters.scheduler or distilled.scheduler,
    )


def _scheduler(wanted: Scheduler | None, model: Model) -> Scheduler:
    family = model.family
    if wanted is None:
        return family.scheduler
    if wanted not in family.schedulers:
        raise Refused(
            "SCHEDULER_UNSUPPORTED",
            f"{family.title} does not take the sampler {wanted.value}. It takes "
            f"{', '.join(scheduler.value for scheduler in family.schedulers)}.",
        )
    return wanted


def _refuse_what_is_missing(parameters: Parameters, model: Model) -> None:
    if parameters.operation not in model.family.operations:
        able = " and ".join(operation.value for operation in model.family.operations)
        raise Refused(
            "OPERATION_UNSUPPORTED",
            f"{model.name} is for {able} and not for {parameters.operation.value}. Ask for that, "
            "or choose another model.",
        )
    content = parameters.masked_content
    if parameters.gray is Gray.PARTIAL and content not in (None, MaskedContent.ORIGINAL):
        raise Refused(
            "MASKED_CONTENT_UNSUPPORTED",
            "Changing pixels by degrees begins from the picture itself. Leave the masked content "
            "as it is, or use gray as opacity (blend).",
        )
