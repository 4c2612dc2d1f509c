"""What engines with networks ask of a device, whatever its kind: memory, and whether it ran out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import psutil
import torch
from torch import Tensor

# Part of a device's memory that models may fill; the rest is for pictures on their way.
SHARE = 0.75
# Bytes that are left for pictures where other programs have taken more than that rest already; on
# devices with little memory a quarter of what is free.
RESERVE = 2 * 1024**3
# How backends without an error of their own say that memory is short.
SHORT = ("out of memory", "can't allocate memory", "not enough memory", "STATUS_ALLOC_FAILED")


class Memory(NamedTuple):
    """Bytes of a device's memory: all there are, and those that nobody uses now."""

    total: int
    free: int

    @property
    def spare(self) -> int:
        """Bytes that further weights may take beside pictures on their way."""
        return max(int(SHARE * self.free), self.free - RESERVE)


def memory_of(device: torch.device) -> Memory:
    """The memory of a device now; what only waits to be used again by this process is free.

    Of a CPU's all is free: what does not fit there is paged out, and moving weights saves nothing.
    """
    if device.type == "cpu":
        total = psutil.virtual_memory().total
        return Memory(total, total)
    if device.type == "mps":  # It shares the computer's.
        most = torch.mps.recommended_max_memory()
        return Memory(most, min(most, psutil.virtual_memory().available))
    module: Any = torch.get_device_module(device)
    free, total = module.mem_get_info(device)
    kept = module.memory_reserved(device) - module.memory_allocated(device)
    return Memory(total, free + kept)


def memory_budget(device: torch.device) -> int:
    """Bytes that all models together may take on a device, if no other program wants any."""
    return int(SHARE * memory_of(device).total)


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was told; a CPU always has."""
    if device.type == "mps":
        torch.mps.synchronize()
    elif device.type != "cpu":
        torch.get_device_module(device).synchronize(device)


def mark(device: torch.device) -> Any:
    """A moment in what the device does, for ``between``; a GPU reaches it later on its own."""
    if device.type != "cuda":
        synchronize(device)
        return time.perf_counter()
    return _recorded(torch.cuda, timing=True)


def between(began: Any, ended: Any) -> float:
    """Seconds between two marks; waits until the device has reached the second."""
    if isinstance(began, float):
        return float(ended - began)
    ended.synchronize()
    return float(began.elapsed_time(ended)) / 1e3


def fetched(tensor: Tensor) -> Callable[[], Tensor]:
    """Begin to bring a tensor to the CPU; the call waits for it, and may come from any thread."""
    if tensor.device.type != "cuda":
        return tensor.cpu
    there = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    there.copy_(tensor, non_blocking=True)
    arrival = _recorded(torch.cuda)

    def waited() -> Tensor:
        arrival.synchronize()
        return there

    return waited


def _recorded(module: Any, timing: bool = False) -> Any:
    event = module.Event(enable_timing=timing)
    event.record()
    return event


def release(device: torch.device) -> None:
    """Give unused memory back."""
    gc.collect()  # networks hold cycles
    if device.type != "cpu":
        torch.get_device_module(device).empty_cache()


def out_of_memory(error: BaseException) -> bool:
    """Whether the error says that the device's memory is full."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SHORT)


@dataclass
class Attempt:
    """Whether the device was ``short`` of memory for what was attempted."""

    short: bool = False


@contextmanager
def attempt() -> Iterator[Attempt]:
    """Notice a lack of memory inside; it has to be dealt with outside, where its error is gone.

    Until then the error holds what was computed.
    """
    noticed = Attempt()
    try:
        yield noticed
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        noticed.short = True


def told(device: torch.device, dtype: torch.dtype) -> tuple[tuple[str, str], tuple[str, str]]:
    """Names and values of what a result depends on, as ``Finished.environment`` has them."""
    return ("device", str(device)), ("dtype", str(dtype).removeprefix("torch."))
