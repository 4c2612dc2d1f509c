"""How much memory models would have on this computer's device."""

from __future__ import annotations


def device_memory() -> int:
    """Bytes of the first GPU; 0 where there is none, or no torch to ask."""
    try:
        import torch
    except ImportError:
        return 0
    if not torch.cuda.is_available():
        return 0
    return int(torch.cuda.get_device_properties(0).total_memory)
