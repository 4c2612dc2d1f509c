"""Windows in working sizes: nothing is stretched, shifted or lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfumato.engines.diffusion.frame import Frame
from sfumato.models.buckets import buckets
from sfumato_client.geometry import Extent

SIZES = buckets(512, 64)
SIDES = st.integers(1, 900)


def spot(extent: Extent, x: float, y: float, radius: float) -> np.ndarray:
    """A soft white spot on black."""
    rows, columns = np.mgrid[0.5 : extent.height, 0.5 : extent.width]
    distance = (columns - x) ** 2 + (rows - y) ** 2
    return np.exp(-distance / (2 * radius**2)).astype(np.float32)[..., None].repeat(3, axis=2)


def centre(picture: np.ndarray) -> tuple[float, float]:
    """Where the light is, in pixels from the corner."""
    light = np.clip(picture[..., 0], 0, None)
    rows, columns = np.mgrid[0.5 : light.shape[0], 0.5 : light.shape[1]]
    return float((columns * light).sum() / light.sum()), float((rows * light).sum() / light.sum())


@given(SIDES, SIDES)
def test_a_window_is_as_large_as_fits_and_keeps_its_proportions(width: int, height: int) -> None:
    frame = Frame.of(Extent(width, height), SIZES)
    assert frame.size in SIZES
    assert frame.inner.width == frame.size.width or frame.inner.height == frame.size.height
    scale = min(frame.size.width / width, frame.size.height / height)
    assert abs(frame.inner.width - width * scale) <= 1
    assert abs(frame.inner.height - height * scale) <= 1


@pytest.mark.parametrize("extent", [Extent(333, 257), Extent(801, 603), Extent(1459, 2189)])
@pytest.mark.parametrize("place", [(0.3, 0.4), (0.71, 0.62)])
def test_what_goes_in_and_out_stays_in_place(extent: Extent, place: tuple[float, float]) -> None:
    x, y = place[0] * extent.width, place[1] * extent.height
    picture = spot(extent, x, y, extent.width / 20)
    frame = Frame.of(extent, SIZES)
    back = frame.leave(frame.enter(picture))
    assert back.shape == picture.shape
    was, is_now = centre(picture), centre(back)
    assert abs(is_now[0] - was[0]) < 0.5
    assert abs(is_now[1] - was[1]) < 0.5


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 900), st.integers(20, 900), st.integers(0, 10_000))
def test_every_masked_pixel_is_masked_at_working_size(width: int, height: int, seed: int) -> None:
    """Leaving and entering again finds no pixel above 0 that the model may not change."""
    random = np.random.default_rng(seed)
    amount = np.zeros((height, width), np.float32)
    x, y = random.integers(width), random.integers(height)
    amount[y, x] = 1 / 255
    frame = Frame.of(Extent(width, height), SIZES)
    entered = frame.enter_amount(amount)
    assert entered.shape == (frame.size.height, frame.size.width)
    row = int((y + 0.5) * frame.inner.height / height)
    column = int((x + 0.5) * frame.inner.width / width)
    assert entered[row, column] > 0


def test_padding_may_not_change_and_continues_the_border() -> None:
    extent = Extent(900, 100)
    frame = Frame.of(extent, SIZES)
    assert frame.inner.height < frame.size.height
    picture = np.ones((100, 900, 3), np.float32)
    assert np.allclose(frame.enter(picture), 1)
    amount = frame.enter_amount(np.ones((100, 900), np.float32))
    assert (amount[frame.inner.height :] == 0).all()
    assert (amount[: frame.inner.height] > 0).all()


@given(SIDES, SIDES)
def test_a_finer_frame_is_at_most_the_windows_own_size(width: int, height: int) -> None:
    frame = Frame.of(Extent(width, height), SIZES).finer(4 * 512 * 512, 8)
    assert frame.scale <= 1
    assert frame.size.width % 8 == frame.size.height % 8 == 0
    assert 0 <= frame.size.width - frame.inner.width < 8
    if width * height <= 4 * 512 * 512:
        assert frame.inner == Extent(width, height)
