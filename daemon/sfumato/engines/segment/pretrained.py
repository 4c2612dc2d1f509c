"""Networks of transformers with all their weights, from safetensors only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def pretrained(model: Any, directory: Path, device: torch.device) -> Any:
    """A network of the class ``model``, in full precision on a device, not to be trained.

    ``ValueError`` if weights are missing, which transformers would make up.
    """
    network, told = model.from_pretrained(
        directory,
        dtype=torch.float32,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
    )
    if told["missing_keys"]:
        raise ValueError(f"weights are missing: {min(told['missing_keys'])} and maybe others")
    return network.to(device).eval()
