"""SAM and SAM 2: the thing in a box or under clicks.

Kirillov et al.: "Segment Anything", 2023; Ravi et al.: "SAM 2: Segment Anything in Images and
Videos", 2024. The networks are transformers'. Pictures are prepared here, as transformers prepares
them for SAM 2 only with torchvision, which nothing else here needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image as Picture
from torch import Tensor
from torch.nn.functional import interpolate, pad

from sfumato.engines.segment.pretrained import pretrained
from sfumato.engines.segment.prompt import Prompt
from sfumato.models.selectors import SelectorKind

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet, for red, green and blue: what these networks were trained with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of ``height`` and ``width`` as the network sees it.

    ``embeddings`` are the network's own; the picture fills ``fitted`` (height, width) of its
    square.
    """

    height: int
    width: int
    fitted: tuple[int, int]
    embeddings: Any


class Sam:
    """A loaded SAM or SAM 2."""

    def __init__(self, directory: Path, kind: SelectorKind, device: torch.device) -> None:
        model: Any = transformers.SamModel if kind is SelectorKind.SAM else transformers.Sam2Model
        self.network = pretrained(model, directory, device)
        # SAM keeps the picture's aspect and fills up the square; SAM 2 stretches it.
        self._stretched = kind is SelectorKind.SAM2
        side = self.network.config.prompt_encoder_config.image_size
        self._side = side if isinstance(side, int) else side[0]

    @torch.inference_mode()
    def see(self, image: NDArray[np.uint8]) -> Seen:
        """Look at a picture (height, width, 3); any number of prompts can then be answered."""
        height, width = image.shape[:2]
        fitted = self._fitted(height, width)
        reduced = Picture.fromarray(image).resize(fitted[::-1], Picture.Resampling.BILINEAR)
        pixels = normalized(np.asarray(reduced))
        square = pad(pixels, (0, self._side - fitted[1], 0, self._side - fitted[0]))
        embeddings = self.network.get_image_embeddings(self._sent(square))
        return Seen(height, width, fitted, embeddings)

    @torch.inference_mode()
    def cut(self, seen: Seen, prompt: Prompt) -> tuple[NDArray[np.bool_], float]:
        """The thing's pixels (height, width), and how well the network believes they fit, 0 to 1.

        One click may mean a thing, its part or what it belongs to; the surest of the three counts.
        """
        spots = [*prompt.inside, *prompt.outside]
        labels = [1] * len(prompt.inside) + [0] * len(prompt.outside)
        scale = seen.fitted[1] / seen.width, seen.fitted[0] / seen.height
        given: dict[str, Tensor] = {}
        if spots:
            given["input_points"] = self._sent(torch.tensor([[spots]]) * torch.tensor(scale))
            given["input_labels"] = torch.tensor([[labels]], device=self.network.device)
        if (box := prompt.box) is not None:
            edges = torch.tensor([[[box.x, box.y, box.right, box.bottom]]])
            given["input_boxes"] = self._sent(edges * torch.tensor(scale * 2))
        answer = self.network(
            image_embeddings=seen.embeddings,
            multimask_output=prompt.box is None and len(spots) == 1,
            **given,
        )
        scores = answer.iou_scores[0, 0].float()
        best = int(scores.argmax())
        whole = self._enlarged(answer.pred_masks[0, 0, best].float(), seen)
        return (whole > 0).cpu().numpy(), float(scores[best].clamp(0, 1))

    def _fitted(self, height: int, width: int) -> tuple[int, int]:
        if self._stretched:
            return self._side, self._side
        scale = self._side / max(height, width)
        return int(height * scale + 0.5), int(width * scale + 0.5)

    def _enlarged(self, mask: Tensor, seen: Seen) -> Tensor:
        """A mask of the square (height, width) at the picture's size."""
        layer = mask[None, None]
        if not self._stretched:
            square = interpolate(layer, (self._side, self._side), mode="bilinear")
            layer = square[..., : seen.fitted[0], : seen.fitted[1]]
        return interpolate(layer, (seen.height, seen.width), mode="bilinear")[0, 0]

    def _sent(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.network.device, self.network.dtype)


def normalized(image: NDArray[np.uint8]) -> Tensor:
    """A picture (height, width, 3) as (1, 3, height, width), as ImageNet's networks take it."""
    pixels = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    mean, deviation = (torch.tensor(value).view(1, 3, 1, 1) for value in (MEAN, DEVIATION))
    return (pixels - mean) / deviation
