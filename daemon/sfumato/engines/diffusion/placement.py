"""Where a model's parts lie: all on the device, or there only while they are used.

What does not fit is kept in the computer's own memory and costs time. Diffusers' own offloading of
whole models is one chain that a pipeline's call runs through from end to end; here the parts of
many requests are used in any order, so each part comes by itself when it is called.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import torch
from accelerate.utils import send_to_device
from diffusers.hooks.group_offloading import apply_group_offloading
from diffusers.hooks.hooks import HookRegistry
from torch.nn import Module

from sfumato.engines.devices import attempt, release

HOST = torch.device("cpu")
TIGHT = 1.2
"""Decoded in tiles a picture needs less, and weights may take so much more than their share."""


class Thrift(IntEnum):
    """How memory is saved; each level saves what the ones before it save, and is slower."""

    WHOLE = 0
    TILED = 1
    PARTS = 2
    LAYERS = 3


def thrift_named(word: str) -> Thrift:
    """The level that a result tells it was made with; the least for a word nobody knows."""
    return Thrift.__members__.get(word.upper(), Thrift.WHOLE)


def fitting(sizes: Mapping[str, int], room: int) -> Thrift:
    """The least thrift with which parts of these bytes fit into ``room`` bytes."""
    whole = sum(sizes.values())
    if whole <= room:
        return Thrift.WHOLE
    if whole <= TIGHT * room:
        return Thrift.TILED
    return Thrift.PARTS if max(sizes.values()) <= room else Thrift.LAYERS


class Placement:
    """The parts of one loaded pipeline, placed on a device with some thrift.

    ``room`` is how many bytes parts may take there together while they come and go. Where the
    device is fuller than ``thrift`` assumes, it is placed with as much as that takes.
    """

    def __init__(self, pipeline: Any, device: torch.device, room: int, thrift: Thrift) -> None:
        self._pipeline = pipeline
        self._device = device
        self._room = room
        self._parts: dict[str, Module] = {
            name: part for name, part in pipeline.components.items() if isinstance(part, Module)
        }
        self._hooks: dict[str, list[Any]] = {}
        self._present: OrderedDict[str, int] = OrderedDict()
        self._beside = 0
        #: How often weights were placed anew.
        self.moves = 0
        self.thrift = thrift
        self._settle(thrift)

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each part."""
        return {name: bytes_of(part) for name, part in self._parts.items()}

    @property
    def whole(self) -> bool:
        """Whether all weights lie on the device, and stay there."""
        return self.thrift <= Thrift.TILED

    @property
    def present(self) -> int:
        """Bytes of all that is on the device now; streamed layers do not count."""
        return self._beside + sum(self._present.values())

    def spare(self) -> bool:
        """Be one level thriftier; False if there is none."""
        if self.thrift is Thrift.LAYERS:
            return False
        self._put(Thrift(self.thrift + 1))
        return True

    def spare_as(self, thrift: Thrift) -> None:
        """Be at least so thrifty, though there may be no need for it."""
        if self.thrift < thrift:
            self._put(thrift)

    def relax(self, room: int) -> None:
        """Be no thriftier than ``room`` bytes ask for."""
        self._room = room
        if self.thrift is not (enough := fitting(self.sizes, room - self._beside)):
            self._settle(enough)

    def adopt(self, name: str, part: Module) -> None:
        """Place one more part, a ControlNet for instance."""
        self.drop(name)
        self._parts[name] = part
        self._place(name)

    def allow_for(self, part: Module) -> None:
        """Count one more part, a small one that lies on the device all the time."""
        self._beside += bytes_of(part)

    def drop(self, name: str) -> None:
        """Forget a part that was adopted, if it was."""
        if name in self._parts:
            self._free(name)
            del self._parts[name]

    def renew(self) -> None:
        """Modules were added to parts: place them, too."""
        if self.thrift is Thrift.LAYERS:
            self._put(self.thrift)

    def _settle(self, thrift: Thrift) -> None:
        """Be so thrifty; keep the weights in the computer's memory if they do not fit after all."""
        with attempt() as whole:
            self._put(thrift)
        if whole.short:
            self._put(max(Thrift.PARTS, thrift))

    def _put(self, thrift: Thrift) -> None:
        for name in self._parts:
            self._free(name)
        self.thrift = thrift
        self.moves += 1
        vae = self._pipeline.vae
        if thrift >= Thrift.TILED:
            vae.enable_tiling()
        else:
            vae.disable_tiling()
        # Elsewhere attention takes little memory as it is, and slices would only be slower.
        if self._device.type == "mps" and hasattr(self._pipeline, "enable_attention_slicing"):
            self._pipeline.enable_attention_slicing("auto" if thrift >= Thrift.TILED else None)
        for name in self._parts:
            self._place(name)
        release(self._device)

    def _place(self, name: str) -> None:
        part = self._parts[name]
        if self.whole:
            self._bring(name)
        elif self.thrift is Thrift.LAYERS and name != "vae":
            apply_group_offloading(part, self._device, HOST, "leaf_level")
        else:
            part.to(HOST)
            entries = [part, *part.children()] if name == "vae" else [part]  # it is not called

            def arrive(_: Module, args: Any, named: Any) -> Any:
                self._use(name)
                # Pipelines bring a prompt's tokens to where its reader lies: not here yet.
                return send_to_device((args, named), self._device)

            self._hooks[name] = [
                entry.register_forward_pre_hook(arrive, with_kwargs=True) for entry in entries
            ]

    def _free(self, name: str) -> None:
        """Undo whatever was done to place a part."""
        for hook in self._hooks.pop(name, []):
            hook.remove()
        if self.thrift is Thrift.LAYERS and name != "vae":
            # The name under which diffusers keeps it; it has no public way to take it off.
            HookRegistry.check_if_exists_or_initialize(self._parts[name]).remove_hook(
                "group_offloading", recurse=True
            )
        self._present.pop(name, None)

    def _use(self, name: str) -> None:
        """A part is about to compute: bring it, and send away what it does not fit beside."""
        size = bytes_of(self._parts[name])
        for other in list(self._present):
            if other != name and self.present - self._present.get(name, 0) + size > self._room:
                self._parts[other].to(HOST)
                del self._present[other]
        self._bring(name)

    def _bring(self, name: str) -> None:
        part = self._parts[name].to(self._device)
        self._present[name] = bytes_of(part)
        self._present.move_to_end(name)


def bytes_of(part: Module) -> int:
    """Bytes of a module's weights."""
    tensors = (*part.parameters(), *part.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
