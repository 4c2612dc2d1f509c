"""Tiny networks that select, behind the engine that asks them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from sfumato.engines.segment.networks import NetworkEngine
from sfumato.engines.segment.prompt import Prompt
from sfumato_client.geometry import Bounds
from tests.support.subjects import photograph
from tests.support.tiny_selectors import tiny_birefnet, tiny_owl, tiny_sam, tiny_sam2

CPU = torch.device("cpu")
PICTURE = np.ascontiguousarray(photograph("coffee")[:300, :200])
HEIGHT, WIDTH = PICTURE.shape[:2]
BOX = Bounds(30, 40, 90, 120)
PROMPTS = {
    "a click": Prompt(None, ((60, 80),)),
    "clicks": Prompt(None, ((60, 80), (90, 100)), ((150, 20),)),
    "a box": Prompt(BOX),
    "a box and a click": Prompt(BOX, ((60, 80),)),
}
TINY: dict[str, Callable[[], Path]] = {
    "sam": tiny_sam,
    "sam2": tiny_sam2,
    "owlv2": tiny_owl,
    "birefnet": tiny_birefnet,
}


def engine(*names: str, memory: int = 0) -> NetworkEngine:
    options = {f"model:{name}": str(TINY[name]()) for name in names}
    return NetworkEngine("cpu", {**options, "memory": str(memory)})
