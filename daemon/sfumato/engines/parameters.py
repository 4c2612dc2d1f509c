"""What an edit should do, as the engines see it: validated, complete, free of wire types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

Context: TypeAlias = Literal["auto", "double", "whole"] | int
"""How much of the surroundings is looked at; a number is a margin in pixels."""

FILL = "fill"
"""The name by which parameters call for the fill engine instead of a model."""


class Operation(StrEnum):
    """What the artist wants done with the selected part."""

    REMOVE = "remove"
    GENERATE = "generate"
    INSTRUCT = "instruct"


class Gray(StrEnum):
    """What a gray value of the selection means."""

    BLEND = "blend"
    PARTIAL = "partial"


class MaskedContent(StrEnum):
    """What stands under the mask before denoising begins."""

    ORIGINAL = "original"
    BLUR = "blur"
    FILL = "fill"
    NOISE = "noise"


class Scheduler(StrEnum):
    """The sampler; which family takes which is the model's to say."""

    DPMPP_2M_SDE = "dpmpp-2m-sde"
    DPMPP_2M_KARRAS = "dpmpp-2m-karras"
    DDIM = "ddim"
    EULER = "euler"
    EULER_ANCESTRAL = "euler-ancestral"
    UNIPC = "unipc"
    FLOW_MATCH_EULER = "flow-match-euler"
    LCM = "lcm"
    TRAILING_EULER = "trailing-euler"


class ControlKind(StrEnum):
    """What a control image holds."""

    CANNY = "canny"
    DEPTH = "depth"
    POSE = "pose"
    LINEART = "lineart"


@dataclass(frozen=True, slots=True)
class Lora:
    """A low-rank adapter by name, with its weight (-2 to 2)."""

    name: str
    scale: float


@dataclass(frozen=True, slots=True)
class Control:
    """A picture that guides structure.

    ``plane`` indexes ``Work.extras``; None means the window itself through the preprocessor.
    ``scale`` is 0 to 2; it acts on the part ``start`` to ``end`` (0 to 1) of the steps.
    """

    kind: ControlKind
    plane: int | None = None
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture whose style the result should have: index in ``Work.extras``, weight 0 to 2."""

    plane: int
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that decides an edit's result, beside its pixels.

    ``None`` and empty strings mean the engine's choice for the model; an engine reports what it
    chose in ``Finished.resolved``, where nothing that has a value is None. Ranges are those of
    ``protos/sfumato/v1/parameters.proto`` and were checked at the edge. ``grow`` (0 to 256) and
    ``feather`` (0 to 512) are canvas pixels. ``context`` tells how the windows were chosen: by the
    client, with a margin in pixels (32 to 4096) if it is a number.
    """

    operation: Operation = Operation.REMOVE
    model: str = FILL
    prompt: str = ""
    negative_prompt: str = ""
    strength: float | None = None
    steps: int | None = None
    guidance: float | None = None
    seed: int = 0
    scheduler: Scheduler | None = None
    masked_content: MaskedContent | None = None
    gray: Gray = Gray.BLEND
    grow: float = 0.0
    feather: float = 0.0
    preset: str = ""
    variations: int = 1
    loras: tuple[Lora, ...] = ()
    controls: tuple[Control, ...] = ()
    references: tuple[Reference, ...] = ()
    true_guidance: bool = False
    seam_pass: bool | None = None
    enhance_prompt: bool = False
    context: Context = "auto"
