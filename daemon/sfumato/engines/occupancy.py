"""How full a host's device is, asked without bringing anything to it."""

from __future__ import annotations

import sys


def occupancy(device: str) -> tuple[int, int]:
    """Bytes of the device's memory that are taken, by whomever, and that there are.

    (0, 0) for the CPU, for devices that do not tell, and while the engine has not come to its
    device: asking must not make the context that an idle host does without. May be called from any
    thread.
    """
    # Looked up, not imported: only an engine brings torch.
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith(("auto", "cuda")):
        return 0, 0
    try:
        if not torch.cuda.is_initialized():
            return 0, 0
        free, total = torch.cuda.mem_get_info(None if device in ("auto", "cuda") else device)
    except (AttributeError, RuntimeError):  # It is just being imported, or the device is lost.
        return 0, 0
    return total - free, total
