"""ControlNets: networks that run beside a UNet and guide the structure of what it makes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.placement import Placement

MOST = 4
"""ControlNets that stay in memory with a model; the one used longest ago makes room."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A control image of one request: (1, 3, H, W) in 0..1.

    It acts with weight ``scale`` on the steps from ``start`` to ``end``, parts of all steps.
    """

    image: Tensor
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def weight(self, done: int, total: int) -> float:
        """Its weight in the step after ``done`` of ``total``."""
        acts = done / total >= self.start and (done + 1) / total <= self.end
        return self.scale if acts else 0.0


@dataclass(frozen=True, slots=True)
class ControlRows:
    """One ControlNet's part of a pass: images (B, 3, H, W) and their weights (B,)."""

    images: Tensor
    weights: Tensor


class ControlNets:
    """The ControlNets of one model, read when they are first needed."""

    def __init__(self, placement: Placement, dtype: torch.dtype, most: int = MOST) -> None:
        self._placement = placement
        self._dtype = dtype
        self._most = most
        self._networks: OrderedDict[Path, Any] = OrderedDict()
        self._used: tuple[Path, ...] = ()

    def use(self, directories: Sequence[Path]) -> None:
        """From now on passes have a part for each of these, in this order; raises ``Refused``."""
        self._used = tuple(directories)
        for directory in directories:
            if directory not in self._networks:
                self._networks[directory] = self._read(directory)
            self._networks.move_to_end(directory)
        while len(self._networks) > max(self._most, len(set(directories))):
            dropped, _ = self._networks.popitem(last=False)
            self._placement.drop(str(dropped))

    def residuals(
        self,
        latents: Tensor,
        timesteps: Tensor,
        tokens: Tensor,
        parts: Sequence[ControlRows],
        added: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Any]:
        """What the UNet adds to its own features, as its keyword arguments; {} where none acts.

        ``latents`` (B, 4, h, w) are without the further channels of an inpainting model.
        """
        down: list[Tensor] = []
        middle: Tensor | None = None
        for directory, rows in zip(self._used, parts, strict=True):
            if not rows.weights.any():
                continue
            features, deepest = self._networks[directory](
                latents,
                timesteps,
                encoder_hidden_states=tokens,
                controlnet_cond=rows.images.to(latents),
                conditioning_scale=rows.weights.to(latents).view(-1, 1, 1, 1),
                added_cond_kwargs=added,
                return_dict=False,
            )
            if middle is None:
                down, middle = features, deepest
            else:
                down = [one + other for one, other in zip(down, features, strict=True)]
                middle = middle + deepest
        if middle is None:
            return {}
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}

    def _read(self, directory: Path) -> Any:
        kind: Any = diffusers.ControlNetModel
        try:
            network = kind.from_pretrained(
                directory, dtype=self._dtype, use_safetensors=True, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise Refused(
                "CONTROL_UNUSABLE", f"The ControlNet {directory} cannot be read: {error}."
            ) from error
        self._placement.adopt(str(directory), network.eval())
        return network
