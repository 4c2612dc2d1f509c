"""Reading and writing: every sample and everything else a file holds comes back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sfumato.picture.picture import JpegForm, Picture
from sfumato.picture.reading import decode, read
from sfumato.picture.writing import encode, fitted, format_of, write_atomically
from tests.support.pictures import noise, samples, write
from tests.support.rewriting import rewritten

LOSSLESS = [
    *((".png", depth, count) for depth in (8, 16) for count in (1, 2, 3, 4)),
    *((".tif", depth, count) for depth in (8, 16) for count in (1, 2, 3, 4)),
    *((".webp", 8, count) for count in (3, 4)),
]


@pytest.mark.parametrize(("suffix", "depth", "count"), LOSSLESS)
def test_a_lossless_file_comes_back_bit_for_bit(
    tmp_path: Path, suffix: str, depth: int, count: int
) -> None:
    pixels = noise(37, 23, count, depth)
    original = write(tmp_path / f"in{suffix}", pixels)
    assert np.array_equal(read(original).pixels, pixels)
    again = samples(rewritten(original, tmp_path / f"out{suffix}"))
    assert again.dtype == pixels.dtype
    assert np.array_equal(again, pixels)


@given(
    st.sampled_from(LOSSLESS),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 2**16),
)
def test_any_picture_survives_its_own_format(
    form: tuple[str, int, int], width: int, height: int, seed: int
) -> None:
    suffix, depth, count = form
    wanted = format_of(Path(f"x{suffix}"))
    picture = Picture(noise(width, height, count, depth, seed))
    again = decode(encode(fitted(picture, wanted)[0], wanted), Path("x"))
    assert np.array_equal(again.pixels, picture.pixels)


@pytest.mark.parametrize("source", [".png", ".tif"])
@pytest.mark.parametrize("target", [".png", ".tif"])
@pytest.mark.parametrize("depth", [8, 16])
def test_another_lossless_format_keeps_every_sample(
    tmp_path: Path, source: str, target: str, depth: int
) -> None:
    pixels = noise(31, 17, 4, depth)
    original = write(tmp_path / f"in{source}", pixels)
    assert np.array_equal(samples(rewritten(original, tmp_path / f"out{target}")), pixels)


def test_jpeg_keeps_its_quantisation_and_nearly_every_sample(tmp_path: Path) -> None:
    original = tmp_path / "in.jpg"
    ramp = np.add.outer(np.arange(64), np.arange(96)).astype(np.uint8)
    Image.fromarray(np.stack([ramp, ramp[::-1], 255 - ramp], axis=2)).save(
        original, quality=83, subsampling=1, progressive=True, comment=b"from Vinci"
    )
    result = rewritten(original, tmp_path / "out.jpg")
    before, after = read(original), read(result)
    assert isinstance(before.form, JpegForm)
    assert isinstance(after.form, JpegForm)
    assert after.form == before.form
    away = np.abs(after.pixels.astype(int) - before.pixels)
    assert away.max() <= 3
    with Image.open(result) as image:
        assert image.info["comment"] == b"from Vinci"


def test_palette_and_one_bit_become_sensible_and_say_so(tmp_path: Path) -> None:
    photograph = Image.fromarray(noise(40, 30, 3, 8))
    for name, image, mode in (
        ("palette.png", photograph.quantize(16), "RGB"),
        ("palette.tif", photograph.quantize(16), "RGB"),
        ("bits.png", photograph.convert("1"), "L"),
        ("bits.tif", photograph.convert("1"), "L"),
    ):
        image.save(tmp_path / name)
        picture = read(tmp_path / name)
        expected = np.asarray(image.convert(mode))
        assert np.array_equal(picture.pixels.squeeze(), expected), name
        assert [notice.code for notice in picture.notices] == [
            "PALETTE_EXPANDED" if mode == "RGB" else "DEPTH_RAISED"
        ]


def test_a_transparent_palette_becomes_rgba(tmp_path: Path) -> None:
    image = Image.fromarray(noise(40, 30, 3, 8)).quantize(16)
    image.save(tmp_path / "x.png", transparency=3)
    with Image.open(tmp_path / "x.png") as again:
        assert np.array_equal(read(tmp_path / "x.png").pixels, np.asarray(again.convert("RGBA")))


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "target" / "out.png"
    target.parent.mkdir()
    target.write_bytes(b"old")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_atomically(target, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("quality", [75, 100])
def test_a_jpeg_of_pure_noise_can_be_written(tmp_path: Path, quality: int) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(noise(400, 300, 3, 8)).save(path, quality=quality, subsampling=0)
    for picture in (Picture(noise(400, 300, 3, 8)), read(path)):
        assert decode(encode(picture, format_of(path)), path).pixels.shape == (300, 400, 3)
