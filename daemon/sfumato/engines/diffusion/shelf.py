"""Loaded models within a budget of memory: the one used longest ago makes room for a new one."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable

import psutil
import torch

from sfumato.engines.diffusion.studio import Studio

# Part of a device's memory that models may fill; the rest is for pictures on their way.
SHARE = 0.75


def memory_budget(device: torch.device) -> int:
    """Bytes that models may take on a device."""
    if device.type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
    else:
        total = psutil.virtual_memory().total
    return int(SHARE * total)


class Shelf:
    """Loaded models by name. ``load`` loads one that is not there."""

    def __init__(
        self, load: Callable[[str], Studio], budget: int, studios: Iterable[Studio] = ()
    ) -> None:
        self._load = load
        self._budget = budget
        self._studios = OrderedDict((studio.model.name, studio) for studio in studios)

    def __contains__(self, name: object) -> bool:
        """Whether a model is loaded."""
        return name in self._studios

    def __getitem__(self, name: str) -> Studio:
        """A loaded model, which is then the one used last."""
        self._studios.move_to_end(name)
        return self._studios[name]

    def fetch(self, name: str, in_use: Container[str], wanted: int) -> Studio:
        """A model, loaded if need be.

        It is expected to take ``wanted`` bytes; room for it is made of models that are not
        ``in_use``, as far as there are any. What it really takes is known afterwards.
        """
        if name not in self._studios:
            self._make_room(wanted, in_use)
            self._studios[name] = self._load(name)
        return self[name]

    def clear(self) -> None:
        """Give all memory back."""
        self._studios.clear()
        _release()

    def _make_room(self, wanted: int, in_use: Container[str]) -> None:
        idle = [name for name in self._studios if name not in in_use]
        while idle and self._taken() + wanted > self._budget:
            del self._studios[idle.pop(0)]
            _release()

    def _taken(self) -> int:
        return sum(studio.nbytes for studio in self._studios.values())


def _release() -> None:
    gc.collect()  # networks hold cycles
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
