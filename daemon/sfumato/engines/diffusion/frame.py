"""How a window is laid into a model's working size: scaled to fit, its border carried outwards."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.models.buckets import nearest
from sfumato_client.geometry import Extent

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """A window inside a working size; both have the top left corner in common.

    ``inner`` is what the window is scaled to, at most ``size``; beyond it lies padding.
    """

    window: Extent
    inner: Extent
    size: Extent

    @classmethod
    def of(cls, window: Extent, sizes: tuple[Extent, ...]) -> Frame:
        """The window in the working size of the nearest aspect, as large as it fits."""
        size = nearest(window, sizes)
        scale = min(size.width / window.width, size.height / window.height)
        inner = Extent(
            min(size.width, max(1, round(window.width * scale))),
            min(size.height, max(1, round(window.height * scale))),
        )
        return cls(window, inner, size)

    @property
    def scale(self) -> float:
        """Working pixels for one of the window; below 1 the window is reduced."""
        return self.inner.width / self.window.width

    def finer(self, most: int, grid: int) -> Frame:
        """The window at its own size, or the largest that has at most ``most`` pixels."""
        scale = min(1.0, (most / self.window.area) ** 0.5)
        inner = Extent(round(self.window.width * scale), round(self.window.height * scale))
        size = Extent(_multiple(inner.width, grid), _multiple(inner.height, grid))
        return Frame(self.window, inner, size)

    def enter(self, picture: Plane) -> Plane:
        """A picture (height, width, samples) of the window at working size."""
        scaled = _resized(picture, self.inner)
        return np.asarray(_padded(scaled, self.size, cv2.BORDER_REPLICATE), np.float32)

    def enter_amount(self, amount: Plane) -> Plane:
        """A mask (height, width) of 0..1; the padding may not change. What is above 0 stays so."""
        linear = cv2.INTER_AREA if self.inner.area < self.window.area else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(amount, self.inner, interpolation=linear), np.float32)
        return np.asarray(_padded(scaled, self.size, cv2.BORDER_CONSTANT), np.float32)

    def leave(self, picture: Plane) -> Plane:
        """A picture at working size, or at any fraction of it, back at the window's size."""
        height, width = picture.shape[:2]
        inner = picture[
            : max(1, round(self.inner.height * height / self.size.height)),
            : max(1, round(self.inner.width * width / self.size.width)),
        ]
        return _resized(inner, self.window)


def _multiple(side: int, grid: int) -> int:
    return -(-side // grid) * grid


def _resized(picture: Plane, extent: Extent) -> Plane:
    height, width = picture.shape[:2]
    if (width, height) == extent:
        return picture
    shrinks = extent.area < width * height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = cv2.resize(np.ascontiguousarray(picture), extent, interpolation=how)
    return np.asarray(resized, np.float32).reshape(extent.height, extent.width, -1)


def _padded(plane: Plane, size: Extent, border: int) -> NDArray[np.generic]:
    height, width = plane.shape[:2]
    return np.asarray(
        cv2.copyMakeBorder(plane, 0, size.height - height, 0, size.width - width, border)
    )
