"""What is added to a model, as it is written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from sfumato.cli.failures import BadInput
from sfumato.engines.parameters import ControlKind
from sfumato.imaging.depth import converted
from sfumato.picture.profile import encoding_of, to_srgb
from sfumato.picture.reading import read
from sfumato_client.edit import Edit, Raster, Samples
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire import parameters_pb2 as wire
from sfumato_client.wire.models_pb2 import LoraModel

Bytes = NDArray[np.uint8]
REFERENCE_PIXELS = 1_000_000
"""A reference picture is sent no larger: models look at far fewer pixels of it."""


class Lora(NamedTuple):
    """A LoRA by name; ``weight`` is None for the one it was made for."""

    name: str
    weight: float | None


class Control(NamedTuple):
    """A control image, or None for what is found in the picture itself."""

    kind: ControlKind
    image: Path | None
    weight: float | None


class Reference(NamedTuple):
    """A reference picture."""

    image: Path
    weight: float | None


@dataclass(frozen=True)
class Added:
    """All that goes with a model in one edit."""

    loras: Sequence[Lora] = ()
    controls: Sequence[Control] = ()
    references: Sequence[Reference] = ()


def parse_lora(text: str) -> Lora:
    """From ``NAME`` or ``NAME:WEIGHT``; ``typer.BadParameter`` otherwise."""
    name, colon, weight = text.rpartition(":")
    if not colon:
        return Lora(text, None)
    if _number(weight) is None:
        raise typer.BadParameter(f"{weight!r} is no weight, like 0.8.")
    return Lora(name, _number(weight))


def parse_control(text: str) -> Control:
    """From ``KIND``, ``KIND:WEIGHT`` or ``KIND=IMAGE[:WEIGHT]``; ``typer.BadParameter`` else."""
    rest, weight = _weight(text)
    kind, _, image = rest.partition("=")
    if kind not in list(ControlKind):
        known = ", ".join(ControlKind)
        raise typer.BadParameter(f"{kind!r} is no kind of control image. There are {known}.")
    return Control(ControlKind(kind), Path(image) if image else None, weight)


def parse_reference(text: str) -> Reference:
    """From ``IMAGE`` or ``IMAGE:WEIGHT``."""
    image, weight = _weight(text)
    return Reference(Path(image), weight)


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


def with_images(edit: Edit, added: Added) -> Edit:
    """The edit with its control and reference images; ``BadInput`` where they cannot go with it."""
    given = [control for control in added.controls if control.image]
    if given and len(edit.regions) > 1:
        raise BadInput(
            f"The selection is worked on in {len(edit.regions)} pieces, but a control image goes "
            "with one. Select less at once, or in one piece."
        )
    parameters = wire.Parameters()
    parameters.CopyFrom(edit.parameters)
    planes = edit.extra_planes()
    extras: list[Raster] = []
    for control in added.controls:
        message = parameters.controls.add(
            kind=f"KIND_{control.kind.name}",
            scale=control.weight,
        )
        if control.image:
            message.plane = next(planes)
            extras.append(_control_raster(control.image, edit.canvas, edit.regions[0].window))
    for reference in added.references:
        parameters.references.add(plane=next(planes), scale=reference.weight)
        extras.append(_reference_raster(reference.image))
    return replace(edit, parameters=parameters, extras=tuple(extras))


def _control_raster(image: Path, canvas: Extent, window: Bounds) -> Raster:
    """The part of a control image that lies over the window; it is scaled to the canvas first."""
    pixels = _rgb(image)
    if (pixels.shape[1], pixels.shape[0]) != canvas:
        pixels = _resized(pixels, canvas)
    return _raster(pixels[window.y : window.bottom, window.x : window.right])


def _reference_raster(image: Path) -> Raster:
    pixels = _rgb(image)
    scale = (REFERENCE_PIXELS / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    if scale < 1:
        height, width = (max(1, int(side * scale)) for side in pixels.shape[:2])
        pixels = _resized(pixels, Extent(width, height))
    return _raster(pixels)


def _resized(pixels: Bytes, extent: Extent) -> Bytes:
    return np.asarray(cv2.resize(pixels, extent, interpolation=cv2.INTER_AREA), np.uint8)


def _rgb(image: Path) -> Bytes:
    """A picture file as sRGB, (height, width, 3) uint8; what is transparent keeps its colour."""
    picture = read(image)
    encoding, _ = encoding_of(picture)
    pixels = np.asarray(converted(to_srgb(picture.pixels, encoding), np.uint8), np.uint8)
    return pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels[..., :1], 3, axis=2)


def _raster(pixels: Bytes) -> Raster:
    height, width = pixels.shape[:2]
    return Raster(Extent(width, height), Samples.RGB, 8, np.ascontiguousarray(pixels).tobytes())


def _weight(text: str) -> tuple[str, float | None]:
    """What stands before ``:WEIGHT``, which may be absent; paths may have colons of their own."""
    rest, colon, weight = text.rpartition(":")
    number = _number(weight) if colon else None
    return (text, None) if number is None else (rest, number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
