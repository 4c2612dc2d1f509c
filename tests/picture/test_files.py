"""Reading and writing: every sample and everything else a file holds comes back."""

from __future__ import annotations

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from sfumato.picture.picture import Format, JpegForm, Metadata, Picture, PictureError, TiffForm
from sfumato.picture.reading import decode, read
from sfumato.picture.writing import encode, fitted, format_of, write_atomically
from tests.support.pictures import noise, samples, write

LOSSLESS = [
    *((".png", depth, count) for depth in (8, 16) for count in (1, 2, 3, 4)),
    *((".tif", depth, count) for depth in (8, 16) for count in (1, 2, 3, 4)),
    *((".webp", 8, count) for count in (3, 4)),
]
SRGB = bytes(imagecodecs.cms_profile("srgb"))


def rewritten(path: Path, target: Path) -> Path:
    """Read a file and write it under another name."""
    picture, _ = fitted(read(path), format_of(target))
    write_atomically(target, encode(picture, format_of(target)))
    return target


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


@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", "zstd", None])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_compression_byte_order_and_tags(
    tmp_path: Path, compression: str | None, order: str
) -> None:
    pixels = noise(20, 30, 3, 16)
    original = tmp_path / "in.tif"
    tifffile.imwrite(
        original,
        pixels,
        photometric="rgb",
        compression=compression,
        predictor=compression in ("lzw", "zlib"),
        byteorder=order,
        resolution=(118.11, 118.11),
        resolutionunit="CENTIMETER",
        description="A lady",
        extratags=[(315, "s", 0, "Leonardo", True), (33723, "B", 9, b"\x1c\x02\x05" * 3, True)],
        metadata=None,
    )
    result = rewritten(original, tmp_path / "out.tif")
    with tifffile.TiffFile(original) as before, tifffile.TiffFile(result) as after:
        old, new = before.pages[0], after.pages[0]
        assert isinstance(old, tifffile.TiffPage)
        assert isinstance(new, tifffile.TiffPage)
        assert (new.compression, new.predictor) == (old.compression, old.predictor)
        assert after.byteorder == order
        assert new.tags[270].value == "A lady"
        assert new.tags[315].value == "Leonardo"
        assert new.tags[33723].value == b"\x1c\x02\x05" * 3
        assert read(result).metadata.dpi == pytest.approx((300, 300), rel=1e-4)
        assert np.array_equal(new.asarray(), pixels)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_tiff_layouts_are_all_read(
    tmp_path: Path, planar: str, tile: tuple[int, int] | None
) -> None:
    pixels = noise(33, 21, 3, 8)
    stored = np.moveaxis(pixels, 2, 0) if planar == "separate" else pixels
    path = tmp_path / "in.tif"
    tifffile.imwrite(path, stored, photometric="rgb", planarconfig=planar, tile=tile)
    assert np.array_equal(read(path).pixels, pixels)


def test_white_is_zero_tiff_reads_as_seen_and_is_stored_as_it_was(tmp_path: Path) -> None:
    stored = noise(9, 7, 1, 8)
    original = tmp_path / "in.tif"
    tifffile.imwrite(original, stored[..., 0], photometric="miniswhite")
    assert np.array_equal(read(original).pixels, 255 - stored)
    assert np.array_equal(samples(rewritten(original, tmp_path / "out.tif")), stored)


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


def test_premultiplied_tiff_stays_premultiplied_and_is_straight_elsewhere(tmp_path: Path) -> None:
    alpha = noise(9, 8, 1, 8)
    color = np.minimum(noise(9, 8, 3, 8, seed=1), alpha)
    pixels = np.concatenate([color, alpha], axis=2)
    original = tmp_path / "in.tif"
    tifffile.imwrite(original, pixels, photometric="rgb", extrasamples=["assocalpha"])
    picture = read(original)
    assert isinstance(picture.form, TiffForm)
    assert picture.premultiplied
    assert np.array_equal(samples(rewritten(original, tmp_path / "out.tif")), pixels)
    straight = samples(rewritten(original, tmp_path / "out.png")).astype(float)
    back = np.rint(straight[..., :3] * straight[..., 3:] / 255)
    assert np.abs(back - color).max() <= 1


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
