"""Passes of a network, recorded once for every size and replayed (CUDA graphs).

A network of a thousand small kernels takes the processor longer to hand out than a fast GPU to
compute, unless a batch is large. A recording is handed out as one, and computes the same to the
bit. It takes memory, and knows where weights and inputs lie: once weights have moved it is of no
use.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

PLAIN = 2
"""Passes of a size before it is recorded: libraries choose their kernels in the first ones."""

Inputs = Mapping[str, Tensor]

log = logging.getLogger(__name__)


class Recording(NamedTuple):
    """A recorded pass, and the tensors that it reads and writes."""

    graph: Any
    inputs: dict[str, Tensor]
    output: Tensor


class Graphs:
    """Computes ``compute(inputs)``, from a recording where there is one; on a GPU alone.

    ``compute`` must do the same for inputs of the same shapes, and must not look at their values.
    """

    def __init__(self, compute: Callable[[Inputs], Tensor], device: torch.device) -> None:
        self._compute = compute
        self._able = device.type == "cuda"
        self._on = self._able
        self._place: Hashable = None
        self._clear()

    def __call__(self, inputs: Inputs, place: Hashable = None) -> Tensor:
        """The output, which is the caller's own; ``place`` changes when weights have moved."""
        if place != self._place:
            self._place = place
            self._clear()
        if not self._on:
            return self._compute(inputs)
        size = tuple((name, tensor.shape, tensor.dtype) for name, tensor in inputs.items())
        if size not in self._recordings:
            self._passes[size] += 1
            if self._passes[size] <= PLAIN or not self._record(size, inputs):
                return self._compute(inputs)
        recording = self._recordings[size]
        for name, tensor in inputs.items():
            recording.inputs[name].copy_(tensor)
        recording.graph.replay()
        return recording.output.clone()

    def forget(self) -> bool:
        """Give the memory of all recordings back; False if there is none."""
        had = bool(self._recordings)
        self._clear()
        return had

    def stop(self) -> bool:
        """Forget, and record nothing until ``resume``."""
        self._on = False
        return self.forget()

    def resume(self) -> None:
        """Record again, on devices that can."""
        self._on = self._able

    def _clear(self) -> None:
        self._recordings: dict[Hashable, Recording] = {}
        self._passes: Counter[Hashable] = Counter()
        # Recordings never run side by side, so that one may use the memory of another.
        self._pool: Any = None

    def _record(self, size: Hashable, inputs: Inputs) -> bool:
        """Record a pass; where that cannot be done, here or for now, none is recorded any more."""
        module: Any = torch.cuda
        if self._pool is None:
            self._pool = module.graph_pool_handle()
        try:
            own = {name: tensor.clone() for name, tensor in inputs.items()}
            graph = module.CUDAGraph()
            # Threads beside this one go on using the device.
            with module.graph(graph, self._pool, capture_error_mode="thread_local"):
                output = self._compute(own)
            self._recordings[size] = Recording(graph, own, output)
        except RuntimeError as error:
            log.warning("passes are not recorded any more: %s", error)
        if size not in self._recordings:
            self.stop()
        return size in self._recordings
