"""How long the network is busy, with how many rows, and how near that comes to what is possible."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from sfumato.engines.diffusion.devices import synchronize

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "process": time.process_time}
SIDE = 2048


@dataclass
class Meter:
    """How long the network was busy, and with how many rows."""

    clock: Clock
    seconds: float = 0.0
    calls: int = 0
    rows: int = 0

    def watch(self, network: torch.nn.Module) -> None:
        """Count from now on."""
        forward = network.forward

        def metered(*given: Any, **named: Any) -> Any:
            sample = given[0] if given else named["hidden_states"]
            began = self.clock()
            result = forward(*given, **named)
            synchronize(sample.device)
            self.seconds += self.clock() - began
            self.calls += 1
            self.rows += len(sample)
            return result

        network.forward = metered  # type: ignore[method-assign]

    def flops_of_row(self, network: torch.nn.Module, run: Callable[[], object]) -> float:
        """Floating-point operations of the network for one row, counted while ``run`` uses it."""
        self.reset()
        with FlopCounterMode(network, display=False) as counter:
            run()
        return float(counter.get_total_flops()) / self.rows

    def reset(self) -> None:
        """Begin again at nothing."""
        self.seconds, self.calls, self.rows = 0.0, 0, 0


def matmul_speed(device: torch.device, dtype: torch.dtype, clock: Clock) -> float:
    """Floating-point operations a second in a large product of matrices: what the device can do."""
    side = SIDE if device.type == "cpu" else 4 * SIDE
    one = torch.randn(side, side, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(4):
        synchronize(device)
        began = clock()
        torch.mm(one, one)
        synchronize(device)
        best = min(best, clock() - began)
    return 2 * side**3 / best
