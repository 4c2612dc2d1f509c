"""OpenRaster: every layer is there, bit for bit, and other software finds what it looks for."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pytest

from sfumato.picture.openraster import Layer, encode
from sfumato.picture.picture import Format, Metadata, Picture, PngForm
from sfumato.picture.reading import decode
from sfumato.picture.writing import fitted
from tests.support.pictures import noise

ADOBE = bytes(imagecodecs.cms_profile("adobergb"))


def opened(data: bytes) -> dict[str, bytes]:
    """The entries by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("samples", [3, 4])
def test_layers_come_back_bit_for_bit_with_their_profile(depth: int, samples: int) -> None:
    metadata = Metadata(icc=ADOBE, dpi=(300.0, 300.0))
    below = Picture(noise(61, 47, samples, depth), metadata=metadata)
    above = Picture(noise(61, 47, 4, depth, 1), metadata=metadata)
    entries = opened(encode(above, [Layer("Background", below), Layer("Remove <1>", above)]))

    image = ElementTree.fromstring(entries["stack.xml"])
    assert (image.get("w"), image.get("h"), image.get("xres")) == ("61", "47", "300")
    listed = [(layer.get("name"), layer.get("src")) for layer in image.iter("layer")]
    assert listed == [("Remove <1>", "data/layer1.png"), ("Background", "data/layer0.png")]
    for name, wanted in zip(["data/layer0.png", "data/layer1.png"], [below, above], strict=True):
        layer = decode(entries[name], Path(name))
        assert np.array_equal(layer.pixels, wanted.pixels)
        assert layer.metadata.icc == ADOBE


def test_the_file_is_known_by_its_first_bytes_and_shown_by_its_thumbnail() -> None:
    data = encode(Picture(noise(700, 350, 3, 16)))
    entries = opened(data)
    assert next(iter(entries)) == "mimetype"
    assert data[30:].startswith(b"mimetypeimage/openraster")
    thumbnail = decode(entries["Thumbnails/thumbnail.png"], Path("thumbnail.png"))
    assert (thumbnail.extent, thumbnail.depth) == ((256, 128), 8)
    merged = decode(entries["mergedimage.png"], Path("mergedimage.png"))
    assert (merged.extent, merged.depth) == ((700, 350), 16)


def test_gray_becomes_rgb_and_lost_metadata_is_named() -> None:
    gray = Picture(noise(20, 10, 2, 16), PngForm(), Metadata(xmp=b"<x/>"), orientation=6)
    fit, notices = fitted(gray, Format.OPENRASTER)
    assert {notice.code for notice in notices} == {"GRAY_AS_RGB", "METADATA_DROPPED"}
    assert all(np.array_equal(fit.pixels[..., k], gray.pixels[..., 0]) for k in range(3))
    assert np.array_equal(fit.pixels[..., 3], gray.pixels[..., 1])
    assert (fit.orientation, fit.form) == (1, None)


def test_the_same_layers_make_the_same_bytes() -> None:
    picture = Picture(noise(30, 20, 4, 8))
    assert encode(picture) == encode(picture)
