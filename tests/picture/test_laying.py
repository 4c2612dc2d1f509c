"""Results over pictures: bit for bit the picture where the mask is 0."""

from __future__ import annotations

import imagecodecs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sfumato.picture.laying import Patch, layer, retouched
from sfumato.picture.picture import Metadata, Picture, TiffForm
from sfumato.picture.profile import encoding_of, to_srgb
from sfumato_client.geometry import Bounds
from tests.support.pictures import noise

ADOBE = bytes(imagecodecs.cms_profile("adobergb"))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Picture, Patch]:
    depth, samples = draw(st.sampled_from([8, 16])), draw(st.integers(1, 4))
    icc = draw(st.sampled_from([b"", ADOBE])) if samples > 2 else b""
    form = TiffForm(extra_sample=draw(st.sampled_from([1, 2])))
    seed = draw(st.integers(0, 1000))
    picture = Picture(noise(31, 23, samples, depth, seed), form, Metadata(icc=icc))
    x, y = draw(st.integers(0, 30)), draw(st.integers(0, 22))
    width, height = draw(st.integers(1, 31 - x)), draw(st.integers(1, 23 - y))
    bounds = Bounds(x, y, width, height)
    levels = noise(width, height, 1, 8, seed + 1)[..., 0]
    mask = np.where(levels < 80, 0, np.where(levels > 200, 255, levels)).astype(np.uint8)
    travels = to_srgb(picture.pixels, encoding_of(picture)[0]).dtype.itemsize * 8
    return picture, Patch(bounds, noise(width, height, samples, travels, seed + 2), mask)


@given(cases())
def test_pixels_outside_the_mask_are_bit_identical(case: tuple[Picture, Patch]) -> None:
    picture, patch = case
    encoding, _ = encoding_of(picture)
    result = retouched(picture, [patch], encoding)
    untouched = np.ones((23, 31), bool)
    place = np.s_[
        patch.bounds.y : patch.bounds.bottom,
        patch.bounds.x : patch.bounds.right,
    ]
    untouched[place] = patch.mask == 0
    assert result.pixels.dtype == picture.pixels.dtype
    assert np.array_equal(result.pixels[untouched], picture.pixels[untouched])


@given(cases())
def test_the_layer_has_the_mask_as_alpha_at_the_pictures_depth(case: tuple[Picture, Patch]) -> None:
    picture, patch = case
    encoding, _ = encoding_of(picture)
    made = layer(picture, [patch], encoding)
    assert made.extent == picture.extent
    assert (made.samples, made.depth) == (4, picture.depth)
    alpha = np.zeros((23, 31), picture.pixels.dtype)
    scale = 257 if picture.depth == 16 else 1
    place = np.s_[
        patch.bounds.y : patch.bounds.bottom,
        patch.bounds.x : patch.bounds.right,
    ]
    alpha[place] = patch.mask.astype(np.uint32) * scale
    assert np.array_equal(made.pixels[..., 3], alpha)


def test_the_layer_laid_over_the_picture_is_the_result() -> None:
    picture = Picture(noise(31, 23, 3, 8), metadata=Metadata(icc=ADOBE))
    encoding, _ = encoding_of(picture)
    mask = noise(31, 23, 1, 8, 4)[..., 0]
    patch = Patch(Bounds(0, 0, 31, 23), noise(31, 23, 3, 16, 5), mask)
    result = retouched(picture, [patch], encoding).pixels.astype(float)
    over = layer(picture, [patch], encoding).pixels.astype(float)
    alpha = over[..., 3:] / 255
    composed = over[..., :3] * alpha + picture.pixels * (1 - alpha)
    assert np.abs(composed - result).max() <= 0.5
