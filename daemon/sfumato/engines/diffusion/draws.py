"""Random draws: what a seed gives does not depend on the precision it is used in.

In half precision some versions of PyTorch draw other numbers, and few different ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def unit_noise(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Normally distributed numbers in float32, on the generator's device."""
    return torch.randn(
        tuple(shape), generator=generator, dtype=torch.float32, device=generator.device
    )
