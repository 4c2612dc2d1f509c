"""Whether the weights that were loaded are whole and are numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch.nn import Module

from sfumato.models.errors import UnusableModel

NAMED = 3
"""So many of the weights that are missing are named."""
ANEW = "The model is damaged or made for something else: fetch it anew."


def require_whole(part: str, missing: Collection[str]) -> None:
    """Raise ``UnusableModel`` if a part's files lack any of its weights, which would be random."""
    if missing:
        named = ", ".join(sorted(missing)[:NAMED])
        raise UnusableModel(f"{len(missing)} weights of the {part} are missing ({named}). {ANEW}")


def require_sound(pipeline: Any) -> None:
    """Raise ``UnusableModel`` if a part lacks weights, or has any that is no finite number."""
    for name, part in pipeline.components.items():
        if isinstance(part, Module):
            require_sound_part(name, part)


def require_sound_part(name: str, part: Module) -> None:
    """The same of one part."""
    weights = dict(part.named_parameters())
    require_whole(name, [key for key, weight in weights.items() if weight.is_meta])
    for key, weight in weights.items():
        if not _finite(weight):
            raise UnusableModel(
                f"The {name} has weights that are no numbers in "
                f"{str(weight.dtype).removeprefix('torch.')} ({key}). {ANEW}"
            )


def _finite(weight: torch.Tensor) -> bool:
    # The extremes need no room, and are no numbers if any weight is none.
    extremes = torch.stack(torch.aminmax(weight.detach())) if weight.numel() else weight
    return bool(torch.isfinite(extremes).all())
