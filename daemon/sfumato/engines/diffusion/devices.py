"""What the engine asks of a device, whatever its kind: memory, and whether it ran out of it."""

from __future__ import annotations

import gc
from typing import Any

import psutil
import torch

# Part of a device's memory that models may fill; the rest is for pictures on their way.
SHARE = 0.75
# How backends without an error of their own say that memory is short.
SHORT = ("out of memory", "can't allocate memory", "not enough memory", "STATUS_ALLOC_FAILED")


def memory_budget(device: torch.device) -> int:
    """Bytes that models may take on a device."""
    if device.type == "mps":
        return int(SHARE * torch.mps.recommended_max_memory())
    if device.type == "cpu":
        return int(SHARE * psutil.virtual_memory().total)
    properties: Any = torch.get_device_module(device).get_device_properties(device)
    return int(SHARE * properties.total_memory)


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was told; a CPU always has."""
    if device.type == "mps":
        torch.mps.synchronize()
    elif device.type != "cpu":
        torch.get_device_module(device).synchronize(device)


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


def told(device: torch.device, dtype: torch.dtype) -> tuple[tuple[str, str], tuple[str, str]]:
    """Names and values of what a result depends on, as ``Finished.environment`` has them."""
    return ("device", str(device)), ("dtype", str(dtype).removeprefix("torch."))
