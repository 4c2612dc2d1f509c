"""What is added to a model, as it is written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import typer

from sfumato_client.wire import parameters_pb2 as wire
from sfumato_client.wire.models_pb2 import LoraModel


class Lora(NamedTuple):
    """A LoRA by name; ``weight`` is None for the one it was made for."""

    name: str
    weight: float | None


def parse_lora(text: str) -> Lora:
    """From ``NAME`` or ``NAME:WEIGHT``; ``typer.BadParameter`` otherwise."""
    name, colon, weight = text.rpartition(":")
    if not colon:
        return Lora(text, None)
    try:
        return Lora(name, float(weight))
    except ValueError:
        raise typer.BadParameter(f"{weight!r} is no weight, like 0.8.") from None


def weighted(loras: Sequence[Lora], known: Sequence[LoraModel]) -> list[wire.Lora]:
    """The LoRAs on the wire; those without a weight get the one that ``known`` tells."""
    made_for = {lora.name: lora.weight for lora in known}
    return [
        wire.Lora(
            name=lora.name,
            scale=made_for.get(lora.name, 1.0) if lora.weight is None else lora.weight,
        )
        for lora in loras
    ]
