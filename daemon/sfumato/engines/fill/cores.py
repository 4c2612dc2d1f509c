"""Parts of one step that do not depend on each other, done side by side.

numpy lets other threads run while it computes, so threads are enough. Each part writes only what is
its own: the result is the same to the bit, whatever the number of cores.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""Those that this process may use."""


def together(do: Callable[[Part], object], parts: Sequence[Part]) -> None:
    """Do all the parts, a core each, and wait for them; what one of them raises is raised."""
    if CORES == 1 or len(parts) < 2:
        for part in parts:
            do(part)
    else:
        for _ in threads().map(do, parts):
            pass


@functools.cache
def threads() -> ThreadPoolExecutor:
    """Those that do the parts, kept from step to step."""
    return ThreadPoolExecutor(CORES, thread_name_prefix="fill")
