"""Krita's bytes become the wire's and come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krita_plugin import pixels
from krita_plugin.pixels import Picture
from sfumato_client import Bounds, Extent, Piece, Raster, Samples

DTYPES = {8: np.dtype("u1"), 16: np.dtype("<u2")}


def noise(depth: int, samples: int, height: int = 5, width: int = 7) -> np.ndarray:
    generator = np.random.default_rng(depth + samples)
    return generator.integers(0, 2**depth, (height, width, samples)).astype(DTYPES[depth])


@pytest.mark.parametrize("depth", [8, 16])
def test_opaque_colour_travels_as_rgb(depth: int) -> None:
    bgra = noise(depth, 4)
    bgra[..., 3] = 2**depth - 1
    raster = pixels.to_wire(bgra.tobytes(), Extent(7, 5), depth, gray=False)
    assert raster.samples is Samples.RGB
    assert bytes(raster.data) == bgra[..., 2::-1].tobytes()
    assert pixels.to_krita(raster) == bgra.tobytes()


@pytest.mark.parametrize("depth", [8, 16])
def test_transparent_colour_travels_as_rgba(depth: int) -> None:
    bgra = noise(depth, 4)
    raster = pixels.to_wire(bgra.tobytes(), Extent(7, 5), depth, gray=False)
    assert raster.samples is Samples.RGBA
    assert bytes(raster.data) == bgra[..., [2, 1, 0, 3]].tobytes()
    assert pixels.to_krita(raster) == bgra.tobytes()


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("opaque", [True, False])
def test_gray_travels_as_gray(depth: int, opaque: bool) -> None:
    bgra = np.repeat(noise(depth, 1), 4, axis=2)
    bgra[..., 3] = 2**depth - 1 if opaque else 100
    raster = pixels.to_wire(bgra.tobytes(), Extent(7, 5), depth, gray=True)
    assert raster.samples is (Samples.GRAY if opaque else Samples.GRAY_ALPHA)
    assert pixels.to_krita(raster) == bgra.tobytes()


@pytest.mark.parametrize("depth", [8, 16])
def test_pixels_taken_apart_in_several_goes_are_the_same(
    depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bgra = noise(depth, 4).tobytes()
    at_once = pixels.to_wire(bgra, Extent(7, 5), depth, gray=False)
    monkeypatch.setattr(pixels, "AT_ONCE", 3)
    assert pixels.to_wire(bgra, Extent(7, 5), depth, gray=False) == at_once
    assert pixels.to_krita(at_once) == bgra


def test_one_pixel_that_is_not_opaque_has_alpha_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "AT_ONCE", 3)
    bgra = noise(8, 4)
    bgra[..., 3] = 255
    bgra[4, 6, 3] = 254
    raster = pixels.to_wire(bgra.tobytes(), Extent(7, 5), 8, gray=False)
    assert raster.samples is Samples.RGBA


def test_strips_make_the_picture_and_the_first_loss_is_told() -> None:
    whole = noise(8, 4)
    upper = Picture(Bounds(3, 10, 7, 2), whole[:2].tobytes(), 8)
    lower = Picture(Bounds(3, 12, 7, 3), whole[2:].tobytes(), 8, lambda: "Clipped.")
    seen = pixels.joined([upper, lower])
    assert (seen.window, seen.bgra, seen.depth) == (Bounds(3, 10, 7, 5), whole.tobytes(), 8)
    assert seen.loss() == "Clipped."
    assert pixels.joined([upper]).loss() == ""


@given(st.integers(0, 6), st.integers(0, 4), st.integers(1, 7), st.integers(1, 5))
def test_a_crop_is_that_part(x: int, y: int, width: int, height: int) -> None:
    plane = noise(8, 4)
    window = Bounds(100, 50, 7, 5)
    part = Bounds(100 + x, 50 + y, min(width, 7 - x), min(height, 5 - y))
    wanted = plane[y : y + part.height, x : x + part.width].tobytes()
    assert pixels.crop(plane.tobytes(), window, part, 4) == wanted


def test_a_patch_holds_the_core_beside_the_window() -> None:
    color, mask = noise(16, 3), noise(8, 1)
    raster = Raster(Extent(7, 5), Samples.RGB, 16, color.tobytes())
    window, core = Bounds(10, 20, 7, 5), Bounds(12, 21, 3, 2)
    patch = pixels.to_patch(Piece(window, raster, mask.tobytes()), core)
    assert patch.core_mask == mask[1:3, 2:5].tobytes()
    whole = np.frombuffer(patch.bgra, "<u2").reshape(5, 7, 4)
    assert patch.core_bgra == whole[1:3, 2:5].tobytes()


def test_16_bit_becomes_8_by_its_high_byte() -> None:
    raster = Raster(Extent(2, 1), Samples.GRAY, 16, np.array([0x1234, 0xFFFF], "<u2").tobytes())
    assert bytes(pixels.to_8_bit(raster).data) == b"\x12\xff"
