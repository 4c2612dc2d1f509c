from __future__ import annotations

import io
import zlib
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.work import PlaneRef
from sfumato.service.deliver import chunks, colour_codec, pack
from sfumato.service.planes import AnnouncedPlane, Codec
from sfumato.service.unpack import writer
from sfumato_client.geometry import Extent

RNG = np.random.default_rng(7)


def announced(pixels: np.ndarray, codec: Codec, data: bytes) -> AnnouncedPlane:
    height, width, samples = pixels.shape
    dtype = "uint16" if pixels.dtype == np.uint16 else "uint8"
    return AnnouncedPlane(Extent(width, height), samples, dtype, codec, len(data))


def unpacked(plane: AnnouncedPlane, data: bytes, cut: int = 0) -> bytes:
    """What a writer makes of the bytes, given in pieces of ``cut`` bytes."""
    target = bytearray(plane.raw_bytes)
    into = writer(plane, memoryview(target))
    for at in range(0, len(data), cut or len(data)):
        into.write(data[at : at + (cut or len(data))])
    into.finish()
    return bytes(target)


def webp(pixels: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", **options)
    return file.getvalue()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4), st.integers(1, 500))
def test_every_lossless_way_gives_the_same_pixels_however_they_are_cut(
    width: int, height: int, samples: int, cut: int
) -> None:
    for dtype in (np.uint8, np.uint16):
        pixels = RNG.integers(0, np.iinfo(dtype).max, (height, width, samples)).astype(dtype)
        raw = pixels.tobytes()
        for codec, data in ((Codec.RAW, raw), (Codec.DEFLATE, zlib.compress(raw))):
            assert unpacked(announced(pixels, codec, data), data, cut) == raw


@pytest.mark.parametrize("samples", [3, 4])
def test_a_lossless_webp_gives_its_pixels_also_under_transparency(samples: int) -> None:
    pixels = RNG.integers(0, 256, (17, 23, samples)).astype(np.uint8)
    pixels[3:9, 4:11, 3:] = 0
    data = webp(pixels, lossless=True, exact=True)
    assert unpacked(announced(pixels, Codec.WEBP_LOSSLESS, data), data) == pixels.tobytes()


def test_an_opaque_webp_may_leave_out_its_alpha() -> None:
    pixels = RNG.integers(0, 256, (9, 9, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    data = webp(pixels[..., :3].copy(), lossless=True)
    assert unpacked(announced(pixels, Codec.WEBP_LOSSLESS, data), data) == pixels.tobytes()


PIXELS = RNG.integers(0, 256, (9, 11, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (webp(PIXELS, quality=90), "no lossless WebP"),
        (webp(PIXELS[:-1].copy(), lossless=True), "11x8 pixels"),
        (webp(RNG.integers(0, 255, (9, 11, 4)).astype(np.uint8), lossless=True), "RGBA"),
        (b"RIFF" + bytes(60), "no lossless WebP"),
        (webp(PIXELS, lossless=True)[:-40], "no WebP file"),
        (
            webp(
                PIXELS,
                lossless=True,
                save_all=True,
                append_images=[Image.fromarray(255 - PIXELS)],
            ),
            "no lossless WebP",
        ),
    ],
    ids=["lossy", "smaller", "with alpha", "no file", "truncated", "animated"],
)
def test_a_webp_that_is_not_what_was_announced_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        unpacked(announced(PIXELS, Codec.WEBP_LOSSLESS, data), data)


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_large_planes_that_pack_well_are_inflated_whole(cut: int) -> None:
    for size in (1 << 20, (1 << 20) + 1, (3 << 20) - 1, 4 << 20):
        pixels = np.zeros((1, size, 1), np.uint8)
        pixels[0, -1] = pixels[0, size // 2] = 200
        data = zlib.compress(pixels.tobytes(), 9)
        assert unpacked(announced(pixels, Codec.DEFLATE, data), data, cut) == pixels.tobytes()


def test_a_bomb_stops_at_the_planes_end() -> None:
    plane = AnnouncedPlane(Extent(10, 10), 1, "uint8", Codec.DEFLATE, 0)
    bomb = zlib.compress(bytes(50_000_000), 9)
    into = writer(plane, memoryview(bytearray(100)))
    with pytest.raises(ValueError, match="more than 100 bytes"):
        into.write(bomb)


@pytest.mark.parametrize(
    ("shape", "dtype", "loopback", "reads", "codec"),
    [
        ((5, 5, 3), "uint8", True, [Codec.WEBP_LOSSLESS], Codec.RAW),
        ((5, 5, 3), "uint8", False, [Codec.WEBP_LOSSLESS], Codec.WEBP_LOSSLESS),
        ((5, 5, 3), "uint16", False, [Codec.WEBP_LOSSLESS], Codec.DEFLATE),
        ((5, 5, 1), "uint8", False, [Codec.WEBP_LOSSLESS], Codec.DEFLATE),
        ((5, 20_000, 3), "uint8", False, [Codec.WEBP_LOSSLESS], Codec.DEFLATE),
        ((5, 5, 3), "uint8", False, [Codec.RAW, Codec.WEBP_LOSSLESS], Codec.RAW),
        ((5, 5, 3), "uint8", False, [], Codec.DEFLATE),
    ],
)
def test_colour_travels_as_the_way_and_the_client_allow(
    shape: tuple[int, ...], dtype: str, loopback: bool, reads: list[Codec], codec: Codec
) -> None:
    assert colour_codec(PlaneRef(0, shape, dtype), loopback, reads) is codec


@pytest.mark.parametrize("codec", list(Codec))
async def test_what_is_packed_unpacks_to_the_same_pixels(codec: Codec, tmp_path: Path) -> None:
    layout = Layout()
    ref = layout.plane((600, 700, 4), "uint8")
    pixels = RNG.integers(0, 256, ref.shape).astype(np.uint8)
    with Arena.create(tmp_path / "arena", layout) as arena, ExitStack() as files:
        arena.array(ref)[:] = pixels
        packed = pack(arena, ref, codec, files)
        data = b"".join([chunk.data async for chunk in chunks([packed])])
        assert len(data) == packed.announcement.encoded_bytes
        assert packed.announcement.codec == codec
    assert unpacked(announced(pixels, codec, data), data) == pixels.tobytes()
