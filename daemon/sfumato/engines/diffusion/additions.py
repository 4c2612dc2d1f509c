"""What an edit's parameters add to a model: LoRAs, control images and reference pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.content import shown, shown_alone
from sfumato.engines.diffusion.controls import Guide
from sfumato.engines.diffusion.frame import Frame
from sfumato.engines.diffusion.loras import WornLora
from sfumato.engines.diffusion.preprocess import BUILT_IN
from sfumato.engines.diffusion.references import WornAdapter
from sfumato.engines.diffusion.request import Additions
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.edit import Patch
from sfumato.engines.parameters import Control, ControlKind, Parameters
from sfumato.imaging.depth import Colour
from sfumato.models.description import Model
from sfumato.models.guides import ControlNet, IpAdapter
from sfumato.models.library import Library
from sfumato.models.lora import LoraFile


def additions(parameters: Parameters, model: Model, library: Library) -> Additions:
    """What the parameters add to the model; raises ``Refused`` where the library has nothing."""
    loras = library.usable(LoraFile)
    worn = ((loras[lora.name].file, lora.scale) for lora in parameters.loras if lora.scale)
    return Additions(
        loras=tuple(WornLora(*each) for each in worn),
        controls=tuple(
            _control_net(control.kind, model, library) for control in parameters.controls
        ),
        reference=_reference(parameters, model, library),
    )


def guides(parameters: Parameters, patch: Patch, frame: Frame, studio: Studio) -> tuple[Guide, ...]:
    """The control images of a patch at the frame's working size; raises ``Refused``."""
    return tuple(
        Guide(
            image=_as_rows(_control_image(control, patch, frame, studio)),
            scale=control.scale,
            start=control.start,
            end=control.end,
        )
        for control in parameters.controls
    )


def references(parameters: Parameters, patch: Patch) -> tuple[Image.Image, ...]:
    """The reference pictures of an edit."""
    planes = (patch.extras[reference.plane] for reference in parameters.references)
    return tuple(
        Image.fromarray(np.rint(shown_alone(plane) * 255).astype(np.uint8)) for plane in planes
    )


def _control_net(kind: ControlKind, model: Model, library: Library) -> Path:
    for network in library.usable(ControlNet).values():
        if network.kind is kind and model in network.fit:
            return network.directory
    raise Refused(
        "CONTROLS_UNSUPPORTED", f"There is no ControlNet here that guides {model.name} by {kind}."
    )


def _reference(parameters: Parameters, model: Model, library: Library) -> WornAdapter | None:
    if not parameters.references:
        return None
    scales = {reference.scale for reference in parameters.references}
    if len(scales) > 1:
        raise Refused(
            "REFERENCE_WEIGHTS_DIFFER",
            "Reference pictures count alike. Give all of them the same weight.",
        )
    for adapter in library.usable(IpAdapter).values():
        if model in adapter.fit:
            count = len(parameters.references)
            return WornAdapter(adapter.file, adapter.encoder, scales.pop(), count)
    raise Refused("REFERENCES_UNSUPPORTED", f"There is no IP-Adapter here for {model.name}.")


def _control_image(control: Control, patch: Patch, frame: Frame, studio: Studio) -> Colour:
    """RGB at working size: the artist's own image, or what is found in the picture."""
    if control.plane is not None:
        return frame.enter(shown_alone(patch.extras[control.plane]))
    picture = frame.enter(shown(patch))
    if control.kind in BUILT_IN:
        return BUILT_IN[control.kind](picture)
    if control.kind is ControlKind.DEPTH and studio.depth is not None:
        return studio.depth(picture)
    raise Refused(
        "CONTROL_IMAGE_MISSING",
        f"Nothing here makes a {control.kind} image of the picture. Give one with the edit.",
    )


def _as_rows(colour: Colour) -> torch.Tensor:
    """(H, W, 3) of 0..1 as the (1, 3, H, W) that ControlNets take."""
    return torch.from_numpy(np.ascontiguousarray(colour.clip(0, 1))).permute(2, 0, 1)[None]
