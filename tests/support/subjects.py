"""Clear subjects of real photographs, with outlines traced by hand: what a selection should hold.

The photographs ship with scikit-image (public domain or CC0). ``tests/data/subjects.json`` has each
outline as corners in pixels; they were traced by eye on enlarged pictures, before any code ran.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from sfumato_client.geometry import Bounds

_FILE = Path(__file__).parents[1] / "data" / "subjects.json"

Area = NDArray[np.bool_]


@dataclass(frozen=True)
class Subject:
    """One subject: its photograph and its outline, traced by hand."""

    name: str
    photograph: str
    outline: tuple[tuple[int, int], ...]

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The photograph as (height, width, 3)."""
        return photograph(self.photograph)

    @property
    def area(self) -> Area:
        """What is inside the outline."""
        flat = np.zeros(self.picture.shape[:2], np.uint8)
        cv2.fillPoly(flat, [np.array(self.outline, np.int32)], 1)
        return flat > 0

    def box(self, room: float = 0.02) -> Bounds:
        """A box around it as a hand draws one: ``room`` of its sides and a pixel too large."""
        tight = Bounds(*cv2.boundingRect(self.area.view(np.uint8)))
        x, y = round(room * tight.width) + 1, round(room * tight.height) + 1
        wider = Bounds(tight.x - x, tight.y - y, tight.width + 2 * x, tight.height + 2 * y)
        height, width = self.picture.shape[:2]
        return wider.intersection(Bounds(0, 0, width, height))


def photograph(name: str) -> NDArray[np.uint8]:
    """One of scikit-image's photographs as (height, width, 3)."""
    picture = np.atleast_3d(getattr(skimage.data, name)())
    return np.ascontiguousarray(np.repeat(picture, 3 // picture.shape[2], axis=2))


def subjects() -> dict[str, Subject]:
    """All of them by name."""
    described = json.loads(_FILE.read_text("utf-8"))
    return {
        name: Subject(name, entry["photograph"], tuple(map(tuple, entry["outline"])))
        for name, entry in described.items()
    }


def overlap(one: Area, other: Area) -> float:
    """Intersection over union, 0 to 1."""
    return float((one & other).sum() / (one | other).sum())
