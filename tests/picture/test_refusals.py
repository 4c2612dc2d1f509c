"""Files that cannot be read or written are refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sfumato.picture.picture import Format, Picture, PictureError
from sfumato.picture.reading import decode, read
from sfumato.picture.writing import encode, fitted, format_of
from tests.support.pictures import noise


def test_a_format_that_cannot_hold_a_picture_says_so() -> None:
    deep = Picture(noise(8, 8, 3, 16))
    assert [n.code for n in fitted(deep, Format.WEBP)[1]] == ["DEPTH_REDUCED"]
    assert [n.code for n in fitted(deep, Format.JPEG)[1]] == ["DEPTH_REDUCED", "JPEG_REENCODED"]
    with pytest.raises(PictureError, match="cannot hold transparency"):
        fitted(Picture(noise(8, 8, 4, 8)), Format.JPEG)
    opaque = np.concatenate([noise(8, 8, 3, 8), np.full((8, 8, 1), 255, np.uint8)], axis=2)
    assert fitted(Picture(opaque), Format.JPEG)[0].samples == 3
    with pytest.raises(PictureError, match="16383 pixels a side"):
        fitted(Picture(np.zeros((1, 20000, 3), np.uint8)), Format.WEBP)


def test_cmyk_floats_and_extra_channels_are_refused_with_a_sentence(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8)).save(tmp_path / "cmyk.jpg")
    Image.new("CMYK", (8, 8)).save(tmp_path / "cmyk.tif")
    tifffile.imwrite(tmp_path / "float.tif", np.zeros((8, 8, 3), np.float32), photometric="rgb")
    tifffile.imwrite(tmp_path / "extra.tif", noise(8, 8, 5, 8), photometric="rgb")
    for name, words in (
        ("cmyk.jpg", "CMYK; convert it"),
        ("cmyk.tif", "CMYK; convert it"),
        ("float.tif", "32 bit a sample as floating point"),
        ("extra.tif", "5 channels"),
    ):
        with pytest.raises(PictureError, match=words) as caught:
            read(tmp_path / name)
        assert name in str(caught.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@given(data=st.data())
def test_damaged_files_are_refused_by_name(suffix: str, data: st.DataObject) -> None:
    whole = encode(Picture(noise(24, 24, 3, 8)), format_of(Path(f"x{suffix}")))
    kept = data.draw(st.integers(12, len(whole) // 2))
    broken = bytearray(whole[:kept])
    for _ in range(data.draw(st.integers(0, 4))):
        broken[data.draw(st.integers(4, kept - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(broken), Path("broken.picture"))
    except PictureError as error:
        assert "broken.picture" in str(error)


def test_what_is_no_picture_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    for name, words in (
        ("missing.png", "There is no file"),
        (".", "is a directory"),
        ("text.png", "not a picture Sfumato knows"),
        ("empty.png", "is empty"),
    ):
        with pytest.raises(PictureError, match=words):
            read(tmp_path / name)
