"""OpenRaster: a picture in layers, as Krita, GIMP and MyPaint open it.

A zip of PNGs and a list of them (openraster.org, baseline 0.0.3). Written here: the one library
for it, pyora, passes all pixels through 8-bit RGBA, and they shall stay as they are at 16 bit.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from xml.etree import ElementTree

import cv2
import numpy as np

from sfumato.imaging.depth import converted
from sfumato.picture import png
from sfumato.picture.picture import Metadata, Picture
from sfumato.picture.profile import encoding_of, to_srgb

MIME = "image/openraster"
THUMBNAIL = 256
"""The longer side of the thumbnail, in pixels."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry, so that the same layers make the same bytes."""


class Layer(NamedTuple):
    """A layer as large as the picture; its alpha is what it covers."""

    name: str
    picture: Picture


def encode(merged: Picture, layers: Sequence[Layer] = ()) -> bytes:
    """The bytes of a file with these layers, the lowest first, and what they look like together.

    Without layers the picture itself is the only one. All of one size, RGB or RGBA at 8 or 16 bit
    with straight alpha.
    """
    layers = layers or [Layer("Background", merged)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        _add(file, "mimetype", MIME.encode())  # the first, and not packed: so it is recognised
        _add(file, "stack.xml", _stack(merged, layers))
        for index, layer in enumerate(layers):
            _add(file, _name(index), _png(layer.picture))
        _add(file, "mergedimage.png", _png(merged))
        _add(file, "Thumbnails/thumbnail.png", png.encode(_thumbnail(merged)))
    return buffer.getvalue()


def _stack(merged: Picture, layers: Sequence[Layer]) -> bytes:
    """The list of layers, the topmost first."""
    image = ElementTree.Element("image", version="0.0.3")
    image.attrib |= {"w": str(merged.extent.width), "h": str(merged.extent.height)}
    if merged.metadata.dpi is not None:
        across, down = merged.metadata.dpi
        image.attrib |= {"xres": str(round(across)), "yres": str(round(down))}
    stack = ElementTree.SubElement(image, "stack")
    for index, layer in reversed([*enumerate(layers)]):
        ElementTree.SubElement(
            stack,
            "layer",
            {"name": layer.name, "src": _name(index), "x": "0", "y": "0", "opacity": "1.0"}
            | {"visibility": "visible", "composite-op": "svg:src-over"},
        )
    return bytes(ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True))


def _name(index: int) -> str:
    return f"data/layer{index}.png"


def _png(picture: Picture) -> bytes:
    """Upright, with nothing of the file it came from but its profile and resolution."""
    kept = Metadata(icc=picture.metadata.icc, dpi=picture.metadata.dpi)
    return png.encode(replace(picture, form=None, metadata=kept, orientation=1))


def _thumbnail(picture: Picture) -> Picture:
    encoding, _ = encoding_of(picture)
    scale = min(THUMBNAIL / max(picture.extent), 1.0)
    width, height = (max(1, round(side * scale)) for side in picture.extent)
    seen = converted(to_srgb(picture.pixels, encoding), np.uint8)
    small = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    return Picture(np.asarray(small, np.uint8).reshape(height, width, picture.samples))


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add an entry as it is: PNGs are packed already."""
    file.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_STORED)
