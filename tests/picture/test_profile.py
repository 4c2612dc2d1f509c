"""Colour profiles: the window travels as sRGB and comes back where it was."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from sfumato.imaging.depth import converted
from sfumato.picture.picture import Metadata, Picture, TiffForm
from sfumato.picture.profile import clips, encoding_of, from_srgb, to_srgb
from tests.support.pictures import noise

ADOBE = bytes(imagecodecs.cms_profile("adobergb"))
GRAY = bytes(imagecodecs.cms_profile("gray", gamma=2.2))
PILLOW_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture(samples: int, depth: int, icc: bytes) -> Picture:
    return Picture(noise(20, 15, samples, depth), metadata=Metadata(icc=icc))


def test_srgb_under_any_name_travels_as_it_is() -> None:
    for icc in (b"", PILLOW_SRGB, bytes(imagecodecs.cms_profile("srgb"))):
        encoding, notices = encoding_of(picture(3, 8, icc))
        assert encoding.travels_as_is
        assert not notices


def test_adobe_rgb_becomes_the_srgb_that_another_engine_makes_of_it() -> None:
    source = picture(3, 8, ADOBE)
    converted_picture = ImageCms.profileToProfile(
        Image.fromarray(source.pixels),
        ImageCms.getOpenProfile(_file(ADOBE)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.NOOPTIMIZE,
    )
    assert converted_picture is not None
    encoding, _ = encoding_of(source)
    ours = converted(to_srgb(source.pixels, encoding), np.uint8)
    assert np.abs(ours.astype(int) - np.asarray(converted_picture)).max() <= 1


def _file(profile: bytes):  # type: ignore[no-untyped-def]
    import io

    return io.BytesIO(profile)


@given(
    st.sampled_from([(1, ADOBE), (1, GRAY), (2, GRAY), (3, ADOBE), (4, ADOBE)]),
    st.sampled_from([8, 16]),
    st.integers(0, 1000),
)
def test_what_an_engine_returns_unchanged_lands_where_it_was(
    form: tuple[int, bytes], depth: int, seed: int
) -> None:
    samples, icc = form
    # Colours inside sRGB, in the picture's own encoding.
    encoding, _ = encoding_of(picture(samples, depth, icc))
    stored = from_srgb(noise(16, 16, samples, 16, seed), encoding, depth)
    away = from_srgb(to_srgb(stored, encoding), encoding, depth).astype(int) - stored
    assert np.abs(away).max() <= (1 if depth == 8 else 160)
    assert not clips(stored, encoding)


@pytest.mark.parametrize("samples", [2, 4])
def test_alpha_is_no_colour(samples: int) -> None:
    source = picture(samples, 16, ADOBE)
    encoding, _ = encoding_of(source)
    assert np.array_equal(to_srgb(source.pixels, encoding)[..., -1], source.pixels[..., -1])


def test_vivid_colours_are_named_as_clipped() -> None:
    green = np.zeros((8, 8, 3), np.uint8)
    green[..., 1] = 255
    encoding, _ = encoding_of(picture(3, 8, ADOBE))
    assert clips(green, encoding)


@pytest.mark.parametrize(  # named, as a made profile holds the time and two workers differ
    "icc",
    [
        pytest.param(GRAY, id="gray"),
        pytest.param(b"nonsense" * 20, id="nonsense"),
        pytest.param(b"\x00" * 16 + b"CMYK" + b"\x00" * 200, id="cmyk"),
    ],
)
def test_a_profile_that_does_not_fit_is_ignored_with_a_notice(icc: bytes) -> None:
    encoding, notices = encoding_of(picture(3, 8, icc))
    assert encoding.travels_as_is
    assert [notice.code for notice in notices] == ["PROFILE_IGNORED"]


def test_premultiplied_colours_travel_straight() -> None:
    pixels = np.array([[[100, 50, 0, 128], [0, 0, 0, 0]]], np.uint8)
    source = Picture(pixels, TiffForm(extra_sample=1))
    encoding, _ = encoding_of(source)
    straight = converted(to_srgb(pixels, encoding), np.uint8)
    assert straight[0, 0].tolist() == [199, 100, 0, 128]
    assert np.array_equal(from_srgb(to_srgb(pixels, encoding), encoding, 8), pixels)
