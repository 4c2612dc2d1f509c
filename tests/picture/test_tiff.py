"""TIFF in its many layouts: what each means, and that it is stored as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from sfumato.picture.picture import TiffForm
from sfumato.picture.reading import read
from tests.support.pictures import noise, samples
from tests.support.rewriting import rewritten


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
