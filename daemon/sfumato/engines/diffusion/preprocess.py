"""Control images made of the picture itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import transformers

from sfumato.engines.base import Refused
from sfumato.engines.parameters import ControlKind
from sfumato.imaging.depth import Colour, as_float

LOW, HIGH = 100, 200
"""Thresholds of Canny's edges, on gray of 0..255: those ControlNets were trained with."""


def edges(picture: Colour) -> Colour:
    """Canny's edges of RGB in 0..1 (height, width, 3): white on black, of the same shape."""
    gray = cv2.cvtColor(np.rint(picture * 255).clip(0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    found = np.asarray(cv2.Canny(gray, LOW, HIGH), np.uint8)
    return np.repeat(as_float(found)[..., None], 3, axis=2)


class Depth:
    """A loaded estimator of depth."""

    def __init__(self, directory: Path, device: torch.device) -> None:
        self._device = device
        try:
            processors: Any = transformers.AutoImageProcessor
            networks: Any = transformers.AutoModelForDepthEstimation
            self._processor = processors.from_pretrained(directory, local_files_only=True)
            self._network = networks.from_pretrained(
                directory, use_safetensors=True, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise Refused(
                "CONTROL_UNUSABLE", f"The depth estimator {directory} cannot be read: {error}."
            ) from error
        self._network.to(device).eval()

    @torch.inference_mode()
    def __call__(self, picture: Colour) -> Colour:
        """The depth of RGB in 0..1 (height, width, 3), near is white; of the same shape."""
        height, width = picture.shape[:2]
        pixels = np.rint(picture * 255).clip(0, 255).astype(np.uint8)
        inputs = self._processor(images=[pixels], return_tensors="pt").to(self._device)
        depth = self._network(**inputs).predicted_depth[0].float().cpu().numpy()
        if self._far_is_large:
            depth = 1 / np.maximum(depth, 1e-3)
        depth = (depth - depth.min()) / (float(np.ptp(depth)) or 1.0)
        scaled = np.asarray(cv2.resize(depth, (width, height), interpolation=cv2.INTER_CUBIC))
        return np.repeat(scaled.clip(0, 1)[..., None], 3, axis=2).astype(np.float32)

    @property
    def _far_is_large(self) -> bool:
        """Whether it tells distances, as metric estimators do, and not nearness."""
        kind = type(self._network).__name__
        metric = getattr(self._network.config, "depth_estimation_type", "") == "metric"
        return metric or kind.startswith(("ZoeDepth", "DepthPro"))


#: Kinds whose control image can be made without a network.
BUILT_IN = {ControlKind.CANNY: edges}
