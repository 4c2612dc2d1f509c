"""How long the network is busy, with how many rows, and how near that comes to what is possible.

And what the engine does with the rest of its time.
"""

from __future__ import annotations

import inspect
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from sfumato.engines.devices import between, mark, synchronize
from sfumato.engines.diffusion.engine import DiffusionEngine

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "process": time.process_time}
SIDE = 2048
TURNS = {
    "_begin": "encode",
    "_advance": "step",
    "_decode": "decode",
    "_deliver": "deliver",
    "_finisher.wait": "wait",
    "_aside.wait": "wait",
    "_fills.wait": "wait",
    "_shelf.wait": "wait",
}
"""What the engine does in its turns, by its methods."""


@dataclass
class Meter:
    """How long networks were busy on a device, and with how many rows."""

    clock: Clock
    device: torch.device
    calls: int = 0
    rows: int = 0
    _seconds: list[Callable[[], float]] = field(default_factory=list)
    _inside: bool = False

    def watch(self, owner: Any, name: str, rows: Callable[..., int]) -> None:
        """Count a method from now on, unless it is called by another that is watched.

        ``rows`` tells from its arguments how many there are.
        """
        method = getattr(owner, name)

        def metered(*given: Any, **named: Any) -> Any:
            if self._inside:
                return method(*given, **named)
            self._inside = True
            began = self._moment()
            result = method(*given, **named)
            ended = self._moment()
            self._inside = False
            self._seconds.append(lambda: between(began, ended))
            self.calls += 1
            self.rows += rows(*given, **named)
            return result

        setattr(owner, name, metered)

    @property
    def seconds(self) -> float:
        """How long they were busy."""
        return sum(each() for each in self._seconds)

    def flops_of_row(self, network: torch.nn.Module, run: Callable[[], object]) -> float:
        """Floating-point operations of the network for one row, counted while ``run`` uses it."""
        self.reset()
        with FlopCounterMode(network, display=False) as counter:
            run()
        return float(counter.get_total_flops()) / self.rows

    def reset(self) -> None:
        """Begin again at nothing."""
        self._seconds, self.calls, self.rows = [], 0, 0

    def _moment(self) -> Any:
        # A GPU is not waited for: who hands out its work goes on meanwhile.
        return mark(self.device) if self.device.type == "cuda" else self.clock()


def rows_of_network(*given: Any, **named: Any) -> int:
    """Rows of a network's call."""
    return len(given[0] if given else named["hidden_states"])


@dataclass
class Split:
    """How the engine's seconds split by what it did in its turns.

    What the device still computes when a turn ends counts where somebody waits for it.
    """

    clock: Clock
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def watch(self, engine: DiffusionEngine) -> None:
        """Count from now on."""
        for path, kind in TURNS.items():
            owner: Any = engine
            *parts, name = path.split(".")
            for part in parts:
                owner = getattr(owner, part)
            setattr(owner, name, self._timed(getattr(owner, name), kind))

    def reset(self) -> None:
        """Begin again at nothing."""
        self.seconds.clear()

    def told(self, seconds: float) -> str:
        """The share of each kind of turn in so many seconds, and of all else."""
        known = {kind: self.seconds[kind] for kind in dict.fromkeys(TURNS.values())}
        known["rest"] = seconds - sum(known.values())
        return ", ".join(f"{kind} {spent / seconds:.0%}" for kind, spent in known.items())

    def _timed(self, method: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def passed(*given: Any) -> Any:
            began = self.clock()
            result = method(*given)
            self.seconds[kind] += self.clock() - began
            return result

        def generated(*given: Any) -> Iterator[Any]:
            began = self.clock()
            yield from method(*given)
            self.seconds[kind] += self.clock() - began

        return generated if inspect.isgeneratorfunction(method) else passed


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
