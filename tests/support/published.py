"""A tiny BiRefNet with the names of the published weights, and what the published code makes of it.

``tests/data/birefnet.json`` was made once with https://github.com/ZhengPeng7/BiRefNet (MIT) at
25cb930: the names and shapes of its weights for a Swin of width 8, with those that only training
needs, and every eighth logit that its own code gives for ``pixels`` with ``weights``.
"""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

_FILE = Path(__file__).parents[1] / "data" / "birefnet.json"
SIDE = 128
EVERY = 8


def published() -> dict[str, Any]:
    """``shapes`` by name, and ``logits``."""
    return dict(json.loads(_FILE.read_text("utf-8")))


def weights(shapes: dict[str, list[int]]) -> dict[str, torch.Tensor]:
    """Numbers that depend on the names alone, of a size at which no layer fades or explodes."""
    made = {}
    for name, shape in shapes.items():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        if name.endswith(("relative_position_index", "num_batches_tracked")):
            values = np.zeros(shape, np.int64)
        elif name.endswith("running_var"):
            values = random.uniform(0.5, 1.5, shape).astype(np.float32)
        else:
            inputs = math.prod(shape[1:]) if len(shape) > 1 else 9
            values = (random.normal(size=shape) / math.sqrt(inputs)).astype(np.float32)
        made[name] = torch.from_numpy(np.asarray(values))
    return made


def pixels() -> torch.Tensor:
    """A normalized picture."""
    random = np.random.default_rng(1)
    return torch.from_numpy(random.normal(size=(1, 3, SIDE, SIDE)).astype(np.float32))
