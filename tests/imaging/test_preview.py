from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.imaging.preview import LARGEST, jpeg


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 4),
    st.sampled_from([np.uint8, np.uint16]),
)
def test_any_picture_becomes_a_small_jpeg_of_its_aspect(
    height: int, width: int, samples: int, dtype: type
) -> None:
    pixels = np.full((height, width, samples), np.iinfo(dtype).max // 3, dtype)
    shown = cv2.imdecode(np.frombuffer(jpeg(pixels, 40), np.uint8), cv2.IMREAD_COLOR)
    scale = min(1, 40 / max(height, width))
    assert shown is not None
    assert max(shown.shape[:2]) <= 40
    assert abs(shown.shape[0] - height * scale) <= 1
    assert abs(shown.shape[1] - width * scale) <= 1


def test_even_noise_fits_the_limit() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    assert len(jpeg(noise, 1024)) <= LARGEST


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_colours_keep_their_order(channel: int) -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[..., channel] = 200
    shown = cv2.imdecode(np.frombuffer(jpeg(pixels, 16), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown[8, 8].argmax() == 2 - channel
