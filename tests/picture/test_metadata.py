"""What a file holds beside its samples: profile, EXIF, XMP, chunks, orientation."""

from __future__ import annotations

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from sfumato.picture.picture import Format, JpegForm, Metadata, Picture
from sfumato.picture.reading import decode, read
from sfumato.picture.writing import encode
from tests.support.pictures import noise
from tests.support.rewriting import rewritten

SRGB = bytes(imagecodecs.cms_profile("srgb"))


def test_png_chunks_stay(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Leonardo")
    text.add_itxt("Title", "Fumée", "fr")
    exif = Image.Exif()
    exif[315] = "Leonardo"
    original = tmp_path / "in.png"
    Image.fromarray(noise(8, 8, 3, 8)).save(
        original, pnginfo=text, dpi=(300, 300), icc_profile=SRGB, exif=exif
    )
    with Image.open(rewritten(original, tmp_path / "out.png")) as image:
        image.load()
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert image.text == {"Author": "Leonardo", "Title": "Fumée"}
        assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
        assert image.info["icc_profile"] == SRGB
        assert image.getexif()[315] == "Leonardo"


@pytest.mark.parametrize("target", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("source", [".png", ".jpg", ".webp", ".tif"])
def test_profile_exif_and_xmp_go_into_every_format(
    tmp_path: Path, source: str, target: str
) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a/></x:xmpmeta>'
    exif = Image.Exif()
    exif[271] = "Camera works"
    exif.get_ifd(34665)[33434] = 0.01
    exif.get_ifd(34853)[1] = "N"
    original = tmp_path / f"in{source}"
    options: dict[str, object] = {"xmp": xmp}
    if source == ".png":
        options = {"pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())  # type: ignore[attr-defined]
    if source == ".tif":
        exif[700] = xmp
        exif[34665], exif[34853] = exif.get_ifd(34665), exif.get_ifd(34853)
        options = {}
    Image.fromarray(noise(16, 16, 3, 8)).save(original, icc_profile=SRGB, exif=exif, **options)

    with Image.open(rewritten(original, tmp_path / f"out{target}")) as image:
        image.load()
        found = image.getexif()
        assert image.info["icc_profile"] == SRGB
        assert found[271] == "Camera works"
        assert float(found.get_ifd(34665)[33434]) == pytest.approx(0.01)
        assert found.get_ifd(34853)[1] == "N"
        packet = image.info.get("xmp") or found.get(700)
        assert packet is not None
        assert bytes(packet).strip(b"\x00") == xmp


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_kept(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    original = tmp_path / f"in{suffix}"
    options: dict[str, object] = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(noise(24, 16, 3, 8)).save(original, exif=exif, **options)
    with Image.open(original) as image:
        from PIL import ImageOps

        seen = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(read(original).pixels, seen)

    with Image.open(rewritten(original, tmp_path / f"same{suffix}")) as image:
        assert image.getexif()[274] == orientation
        assert ImageOps.exif_transpose(image).size == seen.shape[1::-1]
    other = ".png" if suffix == ".tif" else ".tif"
    with Image.open(rewritten(original, tmp_path / f"other{other}")) as image:
        assert image.getexif().get(274, 1) == 1
        assert np.array_equal(np.asarray(image), seen)


def test_an_orientation_in_xmp_follows_the_pixels() -> None:
    packet = b'<rdf:Description tiff:Orientation="6"/><tiff:Orientation>6</tiff:Orientation>'
    turned = Picture(
        noise(8, 6, 3, 8), JpegForm(((16,) * 64,)), Metadata(xmp=packet), orientation=6
    )
    assert b"6" not in decode(encode(turned, Format.WEBP), Path("x")).metadata.xmp
    assert decode(encode(turned, Format.JPEG), Path("x")).metadata.xmp == packet


def test_thumbnails_that_show_what_was_removed_are_dropped(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.fromarray(noise(16, 16, 3, 8)).save(thumbnail, "JPEG")
    block = _exif_with_thumbnail(thumbnail.getvalue())
    original = tmp_path / "in.jpg"
    Image.fromarray(noise(64, 64, 3, 8)).save(original, exif=block)
    assert thumbnail.getvalue() in original.read_bytes()
    result = rewritten(original, tmp_path / "out.jpg")
    assert thumbnail.getvalue() not in result.read_bytes()
    with Image.open(result) as image:
        assert image.getexif()[271] == "Maker"


def _exif_with_thumbnail(image: bytes) -> bytes:
    import struct

    def directory(entries: list[bytes], following: int) -> bytes:
        return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        return struct.pack("<HHII", tag, kind, count, value)

    first, second = 8, 8 + 2 + 12 + 4
    data = second + 2 + 24 + 4
    maker = data + len(image)
    return b"".join(
        [
            b"Exif\x00\x00II*\x00" + struct.pack("<I", first),
            directory([entry(271, 2, 6, maker)], second),
            directory([entry(0x201, 4, 1, data), entry(0x202, 4, 1, len(image))], 0),
            image,
            b"Maker\x00",
        ]
    )
