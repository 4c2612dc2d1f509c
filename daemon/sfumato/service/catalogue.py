"""What models there are and what each can do: the seam between the wire and the engines.

The fill engine's card is here, as it is always there; cards of diffusion models come from whoever
installs them. A request is checked against its model's card before it becomes a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfumato.engines.parameters import ControlKind, Gray, Operation, Scheduler
from sfumato.models import recipes
from sfumato.models.presets import Preset, shipped
from sfumato.models.recipes import Recipe
from sfumato.service.segmenters import BUILT_IN, Segmenter
from sfumato_client.geometry import Extent


@dataclass(frozen=True, slots=True)
class Defaults:
    """Good values of one model; ``guidance_max`` is the largest sensible guidance."""

    steps: int = 0
    guidance: float = 0.0
    guidance_max: float = 0.0
    strength: float = 1.0
    scheduler: Scheduler | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model. ``native_area`` is 0 and ``buckets`` is empty where any size is right.

    ``control_images`` are kinds that the engine makes of the picture itself, where none is given.
    ``sampled`` models denoise: they have steps, guidance and a seed that matters.
    """

    name: str
    title: str
    engine: str
    family: str = ""
    installed: bool = True
    loaded: bool = False
    native_area: int = 0
    buckets: tuple[Extent, ...] = ()
    operations: tuple[Operation, ...] = (Operation.REMOVE,)
    gray: tuple[Gray, ...] = (Gray.BLEND,)
    sampled: bool = False
    schedulers: tuple[Scheduler, ...] = ()
    controls: tuple[ControlKind, ...] = ()
    control_images: frozenset[ControlKind] = frozenset()
    references: bool = False
    negative_prompt: bool = False
    strength: bool = False
    defaults: Defaults = Defaults()
    license: str = ""
    vram_bytes: int = 0

    @property
    def prompted(self) -> bool:
        """Whether it follows a prompt."""
        return Operation.GENERATE in self.operations or Operation.INSTRUCT in self.operations


FILL = ModelCard(name="fill", title="Fill", engine="fill", loaded=True, license="MIT")


@dataclass(frozen=True, slots=True)
class LoraCard:
    """A low-rank adapter: the family it was made for, and the models here that it fits.

    ``weight`` is the one it was made to be used with. One for few steps decides how it is sampled.
    """

    name: str
    family: str
    models: frozenset[str] = frozenset()
    weight: float = 1.0
    few_steps: bool = False


@dataclass(frozen=True)
class Catalogue:
    """Everything that requests can name. ``default`` is the model for GENERATE, or empty.

    ``segmenters`` make selections; where none is named, the first that can does. ``unusable`` says
    of what the daemon was told of in vain why it is.
    """

    models: Mapping[str, ModelCard] = field(default_factory=lambda: {FILL.name: FILL})
    presets: Mapping[str, Preset] = field(default_factory=shipped)
    recipes: Mapping[str, Recipe] = field(default_factory=recipes.shipped)
    loras: Mapping[str, LoraCard] = field(default_factory=dict)
    default: str = ""
    segmenters: Mapping[str, Segmenter] = field(default_factory=lambda: BUILT_IN)
    unusable: Mapping[str, str] = field(default_factory=dict)
