"""Faces in photographs, and none where there is none."""

from __future__ import annotations

from collections.abc import Generator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sfumato.engines.segment.faces import Face, faces, soft_ellipse
from tests.support.subjects import photograph

EYES = (201, 101), (247, 103)
"""Where the astronaut's are, read off the picture."""
MOUTH = (223, 146)
SURE = 0.3


def seen(image: NDArray[np.uint8]) -> list[Face]:
    steps: Generator[None, None, list[Face]] = faces(image)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return [face for face in end.value if face.confidence >= SURE]


def test_the_astronauts_face_is_found_with_eyes_and_mouth() -> None:
    picture = photograph("astronaut")
    (face,) = seen(picture)
    mask = soft_ellipse(face.place, picture.shape)
    for x, y in (*EYES, MOUTH):
        assert mask[y, x] == 255
    assert not mask[300:].any()
    assert 0 < np.count_nonzero(mask) < 0.1 * mask.size
    soft = (mask > 0) & (mask < 255)
    assert soft.sum() > 100


@pytest.mark.parametrize("scale", [0.5, 2.5])
def test_a_face_is_found_at_other_sizes(scale: float) -> None:
    picture = cv2.resize(photograph("astronaut"), None, fx=scale, fy=scale)
    places = [(face.place.x / scale, face.place.y / scale) for face in seen(np.uint8(picture))]
    assert any(abs(x - 224) < 12 and abs(y - 117) < 12 for x, y in places)
    # Its visor is the only other thing that looks like a face to the cascade.
    assert len(places) <= 2


@pytest.mark.parametrize("angle", [-20, 20])
def test_a_tilted_head_gives_a_tilted_ellipse(angle: int) -> None:
    turn = cv2.getRotationMatrix2D((224, 117), angle, 1)
    turned = cv2.warpAffine(
        photograph("astronaut"), turn, (512, 512), borderMode=cv2.BORDER_REPLICATE
    )
    face = seen(np.asarray(turned, np.uint8))[0]
    mask = soft_ellipse(face.place, turned.shape)
    for x, y in (*EYES, MOUTH):
        right, down = turn @ np.array([x, y, 1])
        assert mask[round(down), round(right)] > 128
    assert face.place.tilt * angle < 0


@pytest.mark.parametrize("name", ["coffee", "rocket", "chelsea", "coins", "brick"])
def test_no_face_is_found_where_there_is_none(name: str) -> None:
    assert seen(photograph(name)) == []


def test_pictures_smaller_than_any_face_hold_none() -> None:
    assert seen(np.zeros((3, 400, 3), np.uint8)) == []
