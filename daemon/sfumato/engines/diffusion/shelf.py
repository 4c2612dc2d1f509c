"""Loaded models within a budget of memory: the one used longest ago makes room for a new one."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import torch

from sfumato.engines.devices import Memory, memory_of, release
from sfumato.engines.diffusion.loader import Loader
from sfumato.engines.diffusion.placement import Thrift, fitting
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import Model


class Load(Protocol):
    """Loads a model that may take ``room`` bytes, with some thrift."""

    def __call__(self, model: Model, *, room: int, thrift: Thrift) -> Studio:
        """The loaded model; raises whatever that raises."""


class Order(NamedTuple):
    """A model that is being loaded, and since when (on the monotonic clock)."""

    name: str
    began: float


class Shelf:
    """Loaded models by name, on a device of which they may take ``budget`` bytes.

    They take less where other programs have left less: ``memory`` says how much there is now. One
    more is loaded at a time, beside whatever else is done.
    """

    def __init__(
        self,
        device: torch.device,
        dtype: torch.dtype,
        budget: int,
        load: Load,
        studios: Iterable[Studio] = (),
        memory: Callable[[torch.device], Memory] = memory_of,
    ) -> None:
        self._device = device
        self._dtype = dtype
        self._budget = budget
        self._load = load
        self._memory = memory
        self._studios = OrderedDict((studio.model.name, studio) for studio in studios)
        self._loader: Loader[Studio] = Loader()
        # How thrifty a model has to be at least, as its loading has shown.
        self._floors: dict[str, Thrift] = {}
        self.order: Order | None = None

    def __contains__(self, name: object) -> bool:
        """Whether a model is loaded."""
        return name in self._studios

    def __getitem__(self, name: str) -> Studio:
        """A loaded model, which is then the one used last."""
        self._studios.move_to_end(name)
        return self._studios[name]

    @property
    def loaded(self) -> dict[str, int]:
        """The models here, with the bytes that each takes on the device now."""
        return {name: studio.adapter.placement.present for name, studio in self._studios.items()}

    def thrift(self, name: str) -> Thrift:
        """How a model saves memory; one that is not loaded saves none."""
        studio = self._studios.get(name)
        return studio.adapter.placement.thrift if studio else Thrift.WHOLE

    def begin(self, model: Model, in_use: Container[str]) -> None:
        """Begin to load a model; none may be on its way.

        Room is made of models that are not ``in_use``, as far as there are any; what does not fit
        even then is dealt with by thrift.
        """
        for studio in self._studios.values():
            studio.adapter.make_room()
        sizes = model.part_bytes(self._dtype.itemsize)
        room = self._make_room(sum(sizes.values()), in_use)
        thrift = max(fitting(sizes, room), self._floors.get(model.name, Thrift.WHOLE))
        self.order = Order(model.name, time.monotonic())
        self._loader.begin(lambda: self._load(model, room=room, thrift=thrift))

    def take(self) -> bool:
        """Whether the ordered model is there, which is then loaded; raises what that raised."""
        if not self._loader.ready:
            return False
        self.order = None
        studio = self._loader.take()
        self._studios[studio.model.name] = studio
        return True

    def wait(self, seconds: float) -> None:
        """Let loading go on; returns earlier if it is done."""
        self._loader.wait(seconds)

    def giving_way(self) -> AbstractContextManager[None]:
        """Loading stands still inside, and has its turn afterwards."""
        return self._loader.standing_still()

    def relieve(self, name: str, in_use: Container[str]) -> bool:
        """Memory was too short for a model: give something up; False if there is nothing left.

        Models that are not ``in_use`` leave first, then this one gets one level thriftier.
        """
        idle = [other for other in self._studios if other not in in_use and other != name]
        for other in idle:
            self._drop(other)
        if idle:
            return True
        if name in self._studios:
            return self._studios[name].adapter.spare()
        floor = self._floors.get(name, Thrift.WHOLE)
        if floor is Thrift.LAYERS:
            return False
        self._floors[name] = Thrift(floor + 1)
        release(self._device)  # What was loaded in vain is held by its own error.
        return True

    def relax(self, name: str) -> None:
        """No job uses this model now: the next one may find it as fast as it can be."""
        if name in self._studios:
            self._studios[name].adapter.relax(self._free(beside=name))

    def clear(self) -> None:
        """Give all memory back."""
        self._loader.close()
        self._studios.clear()
        release(self._device)

    def _make_room(self, wanted: int, in_use: Container[str]) -> int:
        """Bytes that are free for a model that would like to have ``wanted``."""
        idle = [name for name in self._studios if name not in in_use]
        while idle and self._free() < wanted:
            self._drop(idle.pop(0))
        return self._free()

    def _drop(self, name: str) -> None:
        del self._studios[name]
        release(self._device)

    def _free(self, beside: str = "") -> int:
        """Bytes that no model takes, or no other one, and no other program."""
        taken = self.loaded
        own = taken.pop(beside, 0)
        spare = self._memory(self._device).spare
        return max(0, min(self._budget - sum(taken.values()), own + spare))
