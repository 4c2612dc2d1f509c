"""What artists ask for: photographs, selections, prompts, and steps and strengths of every kind."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
from skimage import data

EDITS_EACH = 3
PROMPTS = ("a red vase", "an old wooden boat in fog", "cat", "clouds over a mountain lake")


@dataclass(frozen=True)
class Edit:
    """One edit of the trace."""

    number: int
    picture: np.ndarray
    mask: np.ndarray
    prompt: str
    steps: int
    strength: float
    guidance: float = 7.0

    @property
    def kind(self) -> tuple[int, float, float]:
        """Equal for edits that one stock call can serve together."""
        return self.steps, self.strength, self.guidance


def trace(editors: int, pixels: int, seed: int = 7) -> list[list[Edit]]:
    """Edits of mixed lengths and strengths for each editor, selected as artists do."""
    chance = random.Random(seed)
    numbers = iter(range(10_000))
    return [
        [
            Edit(
                number=next(numbers),
                picture=picture(chance.randrange(3), pixels),
                mask=selection(chance, pixels),
                prompt=chance.choice(PROMPTS),
                steps=chance.choice((8, 12, 20, 30)),
                strength=chance.choice((1.0, 1.0, 0.8, 0.6)),
            )
            for _ in range(EDITS_EACH)
        ]
        for _ in range(editors)
    ]


def picture(which: int, pixels: int) -> np.ndarray:
    """One of three photographs."""
    photograph = (data.astronaut, data.coffee, data.chelsea)[which]()
    return cv2.resize(photograph, (pixels, pixels), interpolation=cv2.INTER_AREA)


def selection(chance: random.Random, pixels: int) -> np.ndarray:
    """An ellipse, a lasso or a brush stroke, feathered."""
    mask = np.zeros((pixels, pixels), np.uint8)

    def place(low: float, high: float) -> int:
        return int(chance.uniform(low, high) * pixels)

    kind = chance.choice(("ellipse", "lasso", "stroke"))
    if kind == "ellipse":
        centre, axes = (place(0.3, 0.7), place(0.3, 0.7)), (place(0.1, 0.3), place(0.1, 0.3))
        cv2.ellipse(mask, centre, axes, chance.uniform(0, 180), 0, 360, 255, -1)
    elif kind == "lasso":
        corners = [(place(0.1, 0.9), place(0.1, 0.9)) for _ in range(7)]
        cv2.fillPoly(mask, [cv2.convexHull(np.array(corners, np.int32))], 255)
    else:
        ends = (place(0.1, 0.4), place(0.1, 0.9)), (place(0.6, 0.9), place(0.1, 0.9))
        cv2.line(mask, *ends, 255, max(2, pixels // 16))
    return cv2.GaussianBlur(mask, (0, 0), pixels / 64)
