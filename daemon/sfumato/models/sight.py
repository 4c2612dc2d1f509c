"""How a language model that sees is shown a picture beside its text.

Transformers' own processor for Qwen2-VL does the same, and needs torchvision for films, which
nobody shows it here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import transformers
from PIL import Image

PICTURE = "<|image_pad|>"
"""The word that stands for a patch of a picture."""


class Sight:
    """Texts and a picture as Qwen2-VL takes them."""

    def __init__(self, tokenizer: Any, eye: Any) -> None:
        self._tokenizer = tokenizer
        self._eye = eye

    @classmethod
    def opened(cls, directory: Path, tokenizer: Any) -> Sight:
        """As described in a model's folder."""
        # With torchvision there is another one, which would scale pictures a little differently.
        kind = getattr(transformers, "Qwen2VLImageProcessorPil", transformers.Qwen2VLImageProcessor)
        return cls(tokenizer, kind.from_pretrained(directory, local_files_only=True))

    def __call__(
        self, text: list[str], images: Image.Image, **options: Any
    ) -> transformers.BatchFeature:
        """Token ids with a word for each patch, and the patches; ``options`` are the tokenizer's.

        The first ``PICTURE`` of each text stands for the picture, as ``pipeline``s write it.
        """
        seen = self._eye(images=images, return_tensors="pt")
        patches = int(seen["image_grid_thw"].prod()) // self._eye.merge_size**2
        shown = [_shown(each, patches) for each in text]
        return transformers.BatchFeature({**self._tokenizer(shown, **options), **seen})


def _shown(text: str, patches: int) -> str:
    """The text with a word for each patch; a person's own such words would be taken for patches."""
    before, _, after = text.partition(PICTURE)
    return before + PICTURE * patches + after.replace(PICTURE, "")
