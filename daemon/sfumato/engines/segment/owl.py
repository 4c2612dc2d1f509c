"""OWLv2: where the things are that words describe.

Minderer et al.: "Scaling Open-Vocabulary Object Detection", 2023. The networks are transformers'.
Each description has a score of its own from 0 to 1, so one least confidence means the same for all;
and nothing but plain torch is needed, unlike for detectors with deformable attention.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from sfumato.engines.base import Refused
from sfumato.engines.segment.pretrained import pretrained
from sfumato_client.geometry import Bounds

SAME = 0.5
"""Boxes that overlap by more of their union are of one thing."""
LARGEST = 2048
"""The longest side that is handed over; the network itself sees about half of that."""
WORTH = 0.05
"""What is less sure than this is noise; a question cannot ask for it."""


class Sighting(NamedTuple):
    """A thing's box in the picture's pixels, how sure that is (0 to 1), and the words for it."""

    box: Bounds
    confidence: float
    words: str


class Owl:
    """A loaded OWLv2."""

    def __init__(self, directory: Path, device: torch.device) -> None:
        processor: Any = transformers.Owlv2Processor
        self._processor = processor.from_pretrained(directory, local_files_only=True)
        self.network = pretrained(transformers.Owlv2ForObjectDetection, directory, device)
        self._most_tokens = self.network.config.text_config.max_position_embeddings

    @torch.inference_mode()
    def find(self, image: NDArray[np.uint8], text: str) -> list[Sighting]:
        """The things in a picture (height, width, 3) that a text describes, the surest first.

        Several descriptions are parted by commas. ``Refused`` if one is too long.
        """
        wanted = descriptions(text)
        for words in wanted:
            self._check(words)
        reduced, scale = _reduced(image)
        height, width = reduced.shape[:2]
        inputs = self._processor(text=[wanted], images=reduced, return_tensors="pt")
        inputs = inputs.to(self.network.device, self.network.dtype)
        found = self._processor.post_process_grounded_object_detection(
            self.network(**inputs), WORTH, [(height, width)], [wanted]
        )[0]
        canvas = Bounds(0, 0, image.shape[1], image.shape[0])
        sightings = [
            Sighting(_box(edges, scale).intersection(canvas), float(score), words)
            for edges, score, words in zip(
                found["boxes"].float().cpu().numpy(),
                found["scores"].float().cpu().numpy(),
                found["text_labels"],
                strict=True,
            )
        ]
        return distinct([sighting for sighting in sightings if sighting.box.area])

    def _check(self, words: str) -> None:
        count = len(self._processor.tokenizer(words)["input_ids"])
        if count > self._most_tokens:
            raise Refused(
                "TEXT_TOO_LONG",
                f"“{words}” is too long for the model that finds things. Use fewer words, "
                "and commas between several things.",
            )


def descriptions(text: str) -> list[str]:
    """The descriptions in a text, which commas and semicolons part; each once, in order."""
    parts = [" ".join(part.split()) for part in re.split("[,;\n]", text)]
    return list(dict.fromkeys(part for part in parts if part))


def distinct(sightings: list[Sighting]) -> list[Sighting]:
    """Each thing once, by its surest sighting; the surest first."""
    kept: list[Sighting] = []
    for sighting in sorted(sightings, key=lambda one: one.confidence, reverse=True):
        if all(_overlap(sighting.box, other.box) <= SAME for other in kept):
            kept.append(sighting)
    return kept


def _overlap(one: Bounds, other: Bounds) -> float:
    common = one.intersection(other).area
    return common / (one.area + other.area - common)


def _reduced(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """A picture of bearable size, and how many times the whole one is larger."""
    scale = max(1.0, max(image.shape[:2]) / LARGEST)
    if scale == 1:
        return image, 1.0
    height, width = (max(1, round(side / scale)) for side in image.shape[:2])
    reduced = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8), scale


def _box(edges: NDArray[np.float32], scale: float) -> Bounds:
    """All pixels that left, top, right and bottom touch."""
    left, top = (int(np.floor(edge * scale)) for edge in edges[:2])
    right, bottom = (int(np.ceil(edge * scale)) for edge in edges[2:])
    return Bounds(left, top, max(0, right - left), max(0, bottom - top))
