"""Loaded networks that select, within their share of a device's memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import torch
from safetensors import SafetensorError

from sfumato.engines.base import Refused
from sfumato.engines.devices import out_of_memory, release
from sfumato.engines.segment.owl import Owl
from sfumato.engines.segment.sam import Sam
from sfumato.engines.segment.subject import SubjectFinder
from sfumato.models.errors import UnusableModel
from sfumato.models.selectors import Selector, SelectorKind

Network = Sam | Owl | SubjectFinder
Answer = TypeVar("Answer")

_CPU = torch.device("cpu")


class Rack:
    """Networks by name; the one used longest ago makes room on the device for a new one.

    What alone takes more than ``budget`` bytes, or what the device has shown no room for, lies in
    the computer's own memory: slow, but no question fails.
    """

    def __init__(self, device: torch.device, budget: int) -> None:
        self._device = device
        self._budget = budget
        self._networks: OrderedDict[str, Network] = OrderedDict()
        self._on_device: dict[str, int] = {}
        self._too_large: set[str] = set()

    def __contains__(self, name: object) -> bool:
        """Whether a network is loaded."""
        return name in self._networks

    @property
    def loaded(self) -> dict[str, int]:
        """The networks that are loaded, with the bytes of their weights on the device."""
        return {name: self._on_device.get(name, 0) for name in self._networks}

    def use(self, selector: Selector, doing: Callable[[Network], Answer]) -> Answer:
        """Do something with a network, loaded if need be; ``Refused`` if it cannot be loaded."""
        try:
            return doing(self._network(selector))
        except RuntimeError as error:
            if not out_of_memory(error) or selector.name in self._too_large:
                raise
        # Not before here, as the error holds what was computed.
        self._too_large.add(selector.name)
        self.clear()
        return doing(self._network(selector))

    def clear(self) -> None:
        """Give all memory back."""
        self._networks.clear()
        self._on_device.clear()
        release(self._device)

    def _network(self, selector: Selector) -> Network:
        if selector.name not in self._networks:
            try:
                place = self._placed(selector)
                self._networks[selector.name] = _loaded(selector, place)
            except UnusableModel as unusable:
                raise Refused("MODEL_UNUSABLE", str(unusable)) from unusable
            if place == self._device:
                self._on_device[selector.name] = selector.weight_bytes
        self._networks.move_to_end(selector.name)
        return self._networks[selector.name]

    def _placed(self, selector: Selector) -> torch.device:
        """Where a network is to lie, with room made for it."""
        size = selector.weight_bytes
        if size > self._budget or selector.name in self._too_large:
            return _CPU
        for other in list(self._networks):
            if sum(self._on_device.values()) + size > self._budget and other in self._on_device:
                del self._networks[other], self._on_device[other]
                release(self._device)
        return self._device


def _loaded(selector: Selector, device: torch.device) -> Network:
    try:
        match selector.kind:
            case SelectorKind.SAM | SelectorKind.SAM2:
                return Sam(selector.directory, selector.kind, device)
            case SelectorKind.OWLV2:
                return Owl(selector.directory, device)
            case SelectorKind.BIREFNET:
                return SubjectFinder(selector.directory, device)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if out_of_memory(error):
            raise
        raise Refused(
            "MODEL_UNUSABLE", f"{selector.name} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
