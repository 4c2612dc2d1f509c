from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gimp_plugin.pixels import format_name, opaque, to_rgba8, without_alpha
from sfumato_client import Extent, Raster, Samples


def raster(pixels: np.ndarray) -> Raster:
    height, width, samples = pixels.shape
    depth = 8 * pixels.dtype.itemsize
    return Raster(Extent(width, height), Samples(samples), depth, pixels.tobytes())


pictures = st.tuples(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.sampled_from(["u1", "<u2"])
).flatmap(lambda form: arrays.arrays(form[3], form[:3]))


@given(pictures)
def test_thumbnails_have_the_pictures_high_bytes_and_the_given_alpha(pixels: np.ndarray) -> None:
    height, width, samples = pixels.shape
    alpha = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    data = to_rgba8(raster(pixels), alpha.tobytes())
    mixed = np.frombuffer(data, np.uint8).reshape(height, width, 4)
    high = (pixels >> (8 * (pixels.dtype.itemsize - 1))).astype(np.uint8)
    colors = high[..., :3] if samples >= 3 else np.repeat(high[..., :1], 3, axis=2)
    assert (mixed[..., :3] == colors).all()
    assert (mixed[..., 3] == alpha).all()


@given(pictures.filter(lambda pixels: pixels.shape[2] in (2, 4)))
def test_without_alpha_the_colors_remain(pixels: np.ndarray) -> None:
    samples, depth = Samples(pixels.shape[2]), 8 * pixels.dtype.itemsize
    data = without_alpha(bytearray(pixels.tobytes()), samples, depth)
    assert data == np.ascontiguousarray(pixels[..., :-1]).tobytes()


@pytest.mark.parametrize("dtype", ["u1", "<u2"])
@pytest.mark.parametrize("samples", [Samples.GRAY_ALPHA, Samples.RGBA])
def test_one_pixel_that_is_not_quite_opaque_is_noticed(samples: Samples, dtype: str) -> None:
    pixels = np.zeros((5, 7, int(samples)), dtype)
    pixels[..., -1] = np.iinfo(dtype).max
    depth = 8 * pixels.dtype.itemsize
    assert opaque(pixels.tobytes(), samples, depth)
    for lower in (1, np.iinfo(dtype).max):
        less = pixels.copy()
        less[3, 4, -1] -= lower
        assert not opaque(less.tobytes(), samples, depth)


def test_formats_are_srgb_by_gegls_names() -> None:
    assert format_name(Samples.RGBA, 8) == "R'G'B'A u8"
    assert format_name(Samples.GRAY, 16) == "Y' u16"
