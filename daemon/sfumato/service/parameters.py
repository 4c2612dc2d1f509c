"""Parameters: from the wire to the engines and back.

Absent fields stay the engine's choice. Whether a model can do what is asked is ``service.ability``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from google.protobuf.message import Message

from sfumato.engines.parameters import (
    Context,
    Control,
    Gray,
    Lora,
    Operation,
    Parameters,
    Reference,
)
from sfumato.service.status import invalid
from sfumato.service.vocabulary import CONTROL_KINDS, GRAY, MASKED_CONTENT, OPERATIONS, SCHEDULERS
from sfumato_client.wire import parameters_pb2 as pb

MAX_PROMPT = 4000
MAX_SEED = 2**63 - 1
_MOST = 4
"""LoRAs, controls and references of one edit."""


class _Range(NamedTuple):
    least: float
    most: float
    exclusive: bool = False


_RANGES = {
    "strength": _Range(0, 1, exclusive=True),
    "steps": _Range(1, 150),
    "guidance": _Range(0, 50),
    "seed": _Range(0, MAX_SEED),
    "grow": _Range(0, 256),
    "feather": _Range(0, 512),
    "variations": _Range(1, 8),
}
_MARGIN = _Range(32, 4096)
_WEIGHT = _Range(0, 2)
_LORA_WEIGHT = _Range(-2, 2)
_PART = _Range(0, 1)


def parsed(
    wire: pb.Parameters, extras: Sequence[int], seed: int, usual: Operation | None = None
) -> Parameters:
    """The engines' parameters, every range checked; a ``Refusal`` names the field.

    ``extras`` are the planes of control and reference images in the order of ``Work.extras``;
    ``seed`` and the ``usual`` operation are used where the client gave none. The model stays as it
    was named, or empty.
    """
    for name, allowed in _RANGES.items():
        if not wire.DESCRIPTOR.fields_by_name[name].has_presence or wire.HasField(name):
            _check(getattr(wire, name), allowed, f"parameters.{name}")
    for name in ("prompt", "negative_prompt"):
        _check_length(getattr(wire, name), f"parameters.{name}")
    _check_context(wire.context)
    variations = wire.variations if wire.HasField("variations") else 1
    seed = wire.seed if wire.HasField("seed") else seed
    if seed + variations - 1 > MAX_SEED:
        raise invalid("parameters.seed", f"The last variation's seed would be above {MAX_SEED}.")
    operation = OPERATIONS.domain(wire.operation) or usual
    return Parameters(
        operation=operation or (Operation.GENERATE if wire.prompt else Operation.REMOVE),
        model=wire.model,
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt,
        strength=wire.strength if wire.HasField("strength") else None,
        steps=wire.steps if wire.HasField("steps") else None,
        guidance=wire.guidance if wire.HasField("guidance") else None,
        seed=seed,
        scheduler=SCHEDULERS.domain(wire.scheduler),
        masked_content=MASKED_CONTENT.domain(wire.masked_content),
        gray=GRAY.domain(wire.gray) or Gray.BLEND,
        grow=wire.grow,
        feather=wire.feather,
        preset=wire.preset,
        variations=variations,
        loras=tuple(_loras(wire)),
        controls=tuple(_controls(wire, extras)),
        references=tuple(_references(wire, extras)),
        true_guidance=wire.true_guidance,
        seam_pass=wire.seam_pass if wire.HasField("seam_pass") else None,
        enhance_prompt=wire.enhance_prompt,
        context=_context(wire.context),
    )


def stated(parameters: Parameters, planes: Sequence[int] = ()) -> pb.Parameters:
    """The same on the wire; ``planes`` says which plane of the edit each extra was."""
    wire = pb.Parameters(
        operation=OPERATIONS.wire(parameters.operation),
        model=parameters.model,
        prompt=parameters.prompt,
        negative_prompt=parameters.negative_prompt,
        strength=parameters.strength,
        steps=parameters.steps,
        guidance=parameters.guidance,
        seed=parameters.seed,
        scheduler=SCHEDULERS.wire(parameters.scheduler),
        masked_content=MASKED_CONTENT.wire(parameters.masked_content),
        gray=GRAY.wire(parameters.gray),
        grow=parameters.grow,
        feather=parameters.feather,
        preset=parameters.preset,
        variations=parameters.variations,
        true_guidance=parameters.true_guidance,
        enhance_prompt=parameters.enhance_prompt,
        context=wire_context(parameters.context),
    )
    if parameters.seam_pass is not None:
        wire.seam_pass = parameters.seam_pass
    for lora in parameters.loras:
        wire.loras.add(name=lora.name, scale=lora.scale)
    for control in parameters.controls:
        wire.controls.add(
            kind=CONTROL_KINDS.wire(control.kind),
            plane=None if control.plane is None else planes[control.plane],
            scale=control.scale,
            start=control.start,
            end=control.end,
        )
    for reference in parameters.references:
        wire.references.add(plane=planes[reference.plane], scale=reference.scale)
    return wire


def wire_context(context: Context) -> pb.Context:
    """How much of the surroundings travels, on the wire."""
    if isinstance(context, int):
        return pb.Context(mode=pb.Context.MODE_MARGIN, margin=context)
    return pb.Context(mode=f"MODE_{context.upper()}")


def _context(context: pb.Context) -> Context:
    match context.mode:
        case pb.Context.MODE_MARGIN:
            return context.margin
        case pb.Context.MODE_DOUBLE:
            return "double"
        case pb.Context.MODE_WHOLE:
            return "whole"
        case _:
            return "auto"


def _check(value: float, allowed: _Range, path: str) -> None:
    least, most, exclusive = allowed
    if value > most or value < least or (exclusive and value == least):
        limits = f"above {least:g} and at most {most:g}" if exclusive else f"{least:g} to {most:g}"
        raise invalid(path, f"{path} is {value:g}; allowed is {limits}.")


def _check_length(text: str, path: str) -> None:
    if len(text) > MAX_PROMPT:
        raise invalid(path, f"{path} has {len(text)} characters; at most {MAX_PROMPT} are allowed.")


def _check_context(context: pb.Context) -> None:
    path = "parameters.context.margin"
    if context.mode == pb.Context.MODE_MARGIN:
        _check(context.margin, _MARGIN, path)
    elif context.margin:
        raise invalid(path, f"{path} is only allowed with MODE_MARGIN.")


def _loras(wire: pb.Parameters) -> list[Lora]:
    _check_count(len(wire.loras), "parameters.loras")
    for i, lora in enumerate(wire.loras):
        _check(lora.scale, _LORA_WEIGHT, f"parameters.loras[{i}].scale")
    return [Lora(lora.name, lora.scale) for lora in wire.loras]


def _controls(wire: pb.Parameters, extras: Sequence[int]) -> list[Control]:
    _check_count(len(wire.controls), "parameters.controls")
    controls = []
    for i, control in enumerate(wire.controls):
        path = f"parameters.controls[{i}]"
        kind = CONTROL_KINDS.domain(control.kind)
        if kind is None:
            raise invalid(f"{path}.kind", f"{path} does not say its kind.")
        scale, start, end = (
            _given(control, name, otherwise, allowed, path)
            for name, otherwise, allowed in (
                ("scale", 1.0, _WEIGHT),
                ("start", 0.0, _PART),
                ("end", 1.0, _PART),
            )
        )
        if start >= end:
            raise invalid(f"{path}.end", f"{path}.end is {end:g}, but it must come after start.")
        plane = extras.index(control.plane) if control.HasField("plane") else None
        controls.append(Control(kind, plane, scale, start, end))
    return controls


def _references(wire: pb.Parameters, extras: Sequence[int]) -> list[Reference]:
    _check_count(len(wire.references), "parameters.references")
    return [
        Reference(
            extras.index(reference.plane),
            _given(reference, "scale", 1.0, _WEIGHT, f"parameters.references[{i}]"),
        )
        for i, reference in enumerate(wire.references)
    ]


def _check_count(count: int, path: str) -> None:
    if count > _MOST:
        raise invalid(path, f"{path} has {count} entries; at most {_MOST} are allowed.")


def _given(message: Message, name: str, otherwise: float, allowed: _Range, path: str) -> float:
    if not message.HasField(name):
        return otherwise
    value: float = getattr(message, name)
    _check(value, allowed, f"{path}.{name}")
    return value
