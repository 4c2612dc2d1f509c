"""Faces without weights of our own: a cascade of local binary patterns, asked several times.

Liao et al.: "Learning Multi-scale Block Local Binary Patterns for Face Recognition", 2007; trained
by the OpenCV project, shipped with scikit-image. (OpenCV 5 has no cascades any more.) One look
finds faces and much else. So every place that it found is looked at closely, turned and mirrored:
a face is seen nearly every time, and what is none comes and goes. It knows faces that look at us,
not profiles.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import product
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 512
"""The longest side of the picture that is looked at."""
SMALLEST = 28
"""The smallest face there, in pixels."""
FIRST_ANGLES = (0.0, -12.0, 12.0, -24.0, 24.0)
"""How heads may be tilted, in degrees."""
CLOSE_SIDE = 56
"""The width of a face that is looked at closely, in pixels; around it there is as much again."""
CLOSE_LOOKS = tuple(product((-8.0, 0.0, 8.0), (False, True), (0.0, 1.5)))
"""Turned, mirrored, and through a soft lens: a face stays one, chance patterns of grain do not."""
NEAR = 0.3
"""Sights that are no further apart, in face widths, are of the same thing."""
MOST = 64
"""Places that are looked at closely."""

Gray = NDArray[Any]
Turn = NDArray[np.float64]
"""A 2 x 3 matrix, from the picture to what is looked at."""


class Sight(NamedTuple):
    """A square that may hold a face: its middle, its width, in pixels, and the head's tilt."""

    x: float
    y: float
    side: float
    tilt: float = 0.0

    def is_same(self, other: Sight) -> bool:
        """Whether both are of the same thing."""
        near = np.hypot(self.x - other.x, self.y - other.y) < NEAR * self.side
        return bool(near and 0.6 < other.side / self.side < 1.6)


class Face(NamedTuple):
    """A face, and how sure that is, 0 to 1."""

    place: Sight
    confidence: float


def faces(image: NDArray[np.uint8]) -> Generator[None, None, list[Face]]:
    """The faces of a picture (height, width, 3), surest first; yields between two looks."""
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    reduction = min(1.0, SIDE / max(gray.shape))
    if reduction < 1:
        gray = cv2.resize(gray, None, fx=reduction, fy=reduction, interpolation=cv2.INTER_AREA)
    cascade = Cascade(lbp_frontal_face_cascade_filename())
    candidates: list[Sight] = []
    for angle in FIRST_ANGLES:
        candidates += _seen(cascade, gray, _turn(gray.shape, angle), angle)
        yield
    seen: list[Face] = []
    for candidate in candidates[:MOST]:
        seen.append(_looked_at(cascade, gray, candidate))
        yield
    return list(_distinct(seen, reduction))


def soft_ellipse(face: Sight, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A face as a selection of ``shape`` (height, width): full inside, with a soft edge.

    The cascade's square goes from the brows to the lips; a head is higher.
    """
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    right, down = columns + 0.5 - face.x, rows + 0.5 - face.y
    sine, cosine = np.sin(np.radians(face.tilt)), np.cos(np.radians(face.tilt))
    across = (cosine * right - sine * down) / (0.52 * face.side)
    along = (sine * right + cosine * down) / (0.68 * face.side)
    # From full at 0.9 of the radius to nothing at 1.1.
    return np.asarray(np.clip((1.1 - np.hypot(across, along)) / 0.2, 0, 1) * 255 + 0.5, np.uint8)


def _distinct(faces: list[Face], reduction: float) -> Iterator[Face]:
    """The surest face of every place, in pixels of the whole picture, the surest first."""
    places: list[Sight] = []
    for face in sorted(faces, key=lambda face: face.confidence, reverse=True):
        if face.confidence and not any(known.is_same(face.place) for known in places):
            places.append(face.place)
            x, y, side, tilt = face.place
            yield Face(Sight(x / reduction, y / reduction, side / reduction, tilt), face.confidence)


def _looked_at(cascade: Any, gray: Gray, candidate: Sight) -> Face:
    """How many close looks see a face there, and where."""
    scale, side = CLOSE_SIDE / candidate.side, 2 * CLOSE_SIDE
    left, top = candidate.x - candidate.side, candidate.y - candidate.side
    crop = np.array([[scale, 0, -scale * left], [0, scale, -scale * top]])
    close = cv2.warpAffine(gray, crop, (side, side), borderMode=cv2.BORDER_REPLICATE)
    expected = Sight(CLOSE_SIDE, CLOSE_SIDE, CLOSE_SIDE)
    sights = []
    for angle, mirrored, blur in CLOSE_LOOKS:
        lens = cv2.GaussianBlur(close, (0, 0), blur) if blur else close
        turn = _turn(close.shape, candidate.tilt + angle, mirrored)
        seen = _seen(cascade, lens, turn, candidate.tilt)
        sights += [sight for sight in seen if expected.is_same(sight)][:1]
    if not sights:
        return Face(candidate, 0.0)
    x, y, width, _ = (float(value) for value in np.median(sights, axis=0))
    place = Sight(
        candidate.x + (x - CLOSE_SIDE) / scale,
        candidate.y + (y - CLOSE_SIDE) / scale,
        width / scale,
        candidate.tilt,
    )
    share = len(sights) / len(CLOSE_LOOKS)
    # Steep: most of what all looks but two saw is no face.
    return Face(place, max(0.0, 2 * share - 1) ** 4)


def _turn(shape: tuple[int, ...], angle: float, mirrored: bool = False) -> Turn:
    height, width = shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    if mirrored:
        turn = np.array([[-1, 0, width - 1], [0, 1, 0.0]]) @ np.vstack([turn, [0, 0, 1]])
    return np.asarray(turn)


def _seen(cascade: Any, gray: Gray, turn: Turn, tilt: float) -> Iterator[Sight]:
    height, width = gray.shape
    if min(gray.shape) < SMALLEST:
        return
    view = cv2.warpAffine(gray, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    back = cv2.invertAffineTransform(turn)
    for square in cascade.detect_multi_scale(
        img=view,
        scale_factor=1.2,
        step_ratio=1,
        min_size=(SMALLEST, SMALLEST),
        max_size=(min(view.shape),) * 2,
        min_neighbor_number=3,
    ):
        middle = square["c"] + square["width"] / 2, square["r"] + square["height"] / 2, 1.0
        x, y = back @ np.array(middle)
        yield Sight(float(x), float(y), float(square["width"]), tilt)
