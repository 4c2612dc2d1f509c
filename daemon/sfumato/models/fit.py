"""Which models an addition (a LoRA, a ControlNet, an IP-Adapter) was made for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sfumato.models.description import Model
from sfumato.models.families import families

UNET = "unet"
# Width of the text that UNets attend to, by the family it belongs to.
WIDTHS = {"sd15": 768, "sd2": 1024, "sdxl": 2048}


@dataclass(frozen=True, slots=True)
class Fit:
    """A lineage of networks and, for UNets, the width of the text they attend to (0: any)."""

    lineage: str
    width: int = 0

    def __contains__(self, model: Model) -> bool:
        """Whether it was made for this model."""
        if model.family.lineage != self.lineage:
            return False
        return self.width in (0, model.text_width)

    def title(self, models: Iterable[Model] = ()) -> str:
        """What it was made for, for people; ``models`` are those whose names may be known."""
        family = self.family(models)
        return families()[family].title if family in families() else family

    def family(self, models: Iterable[Model] = ()) -> str:
        """The family it was made for: by its width, else by the first model that it fits."""
        known = (family for family, width in WIDTHS.items() if width == self.width)
        fitting = (model.family.name for model in models if model in self)
        return next(known, None) or next(fitting, self.lineage)
