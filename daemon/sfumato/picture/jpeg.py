"""JPEG: decoded and encoded by Pillow, with the quality and the segments the file came with."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin

from sfumato.picture import exif
from sfumato.picture.orientation import upright
from sfumato.picture.picture import JpegForm, Metadata, Notice, Picture, PictureError
from sfumato.picture.storing import stored

SIGNATURE = b"\xff\xd8\xff"
LARGEST_SIDE = 65500
_COMMENT = 0xFE
_APP13 = 0xED  # IPTC and Photoshop's resources
_APP1 = 0xE1
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/"
_START_OF_SCAN = 0xDA
_QUALITY = 95

LOSSY = Notice(
    "JPEG_REENCODED",
    "JPEG is lossy: the whole picture was encoded anew. Write PNG, TIFF or WebP to keep every "
    "pixel outside the selection.",
)


def read(data: bytes) -> Picture:
    """Decode a JPEG; refuses CMYK."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        if image.mode not in ("L", "RGB"):
            raise PictureError(
                f"The picture is {image.mode}; convert it to RGB first (in GIMP or Krita: Image > "
                "Mode or Convert Image Color Space)."
            )
        pixels = np.asarray(image)
        info = dict(image.info)
        tables: dict[int, list[int]] = getattr(image, "quantization", {})
        subsampling = JpegImagePlugin.get_sampling(image) if image.mode == "RGB" else 0
    metadata = Metadata(
        icc=info.get("icc_profile") or b"",
        exif=exif.bare(info.get("exif") or b""),
        xmp=info.get("xmp") or b"",
        dpi=info.get("dpi"),
    )
    form = JpegForm(
        quantization=tuple(tuple(tables[key]) for key in sorted(tables)),
        # Pillow knows no name for rarer samplings (-1): keep all the colour then.
        subsampling=max(subsampling, 0),
        progressive=bool(info.get("progressive")),
        segments=tuple(segment for segment in _segments(data) if _stays(*segment)),
    )
    turn = exif.orientation(metadata.exif)
    return Picture(upright(pixels.reshape(*pixels.shape[:2], -1), turn), form, metadata, turn)


def encode(picture: Picture) -> bytes:
    """A JPEG of an 8-bit picture without alpha.

    One that was a JPEG keeps its quantisation tables and sampling, so that pixels that did not
    change lose almost nothing; others get quality 95 with full colour.
    """
    form = picture.form
    pixels, metadata, _ = stored(picture, JpegForm)
    options: dict[str, object] = {"quality": _QUALITY, "subsampling": 0}
    segments: tuple[tuple[int, bytes], ...] = ()
    if isinstance(form, JpegForm):
        options = {"qtables": list(form.quantization), "subsampling": form.subsampling}
        options["progressive"] = form.progressive
        segments = form.segments
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    image = Image.fromarray(np.squeeze(pixels, 2) if pixels.shape[2] == 1 else pixels)
    # Pillow writes what is optimized in one piece, and guesses too little for grain and noise.
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, 2 * pixels.size)
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        exif=b"Exif\x00\x00" + metadata.exif if metadata.exif else b"",
        icc_profile=metadata.icc or None,
        xmp=metadata.xmp,
        optimize=True,
        **options,
    )
    return _with_segments(buffer.getvalue(), segments)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments before the first scan, as (marker, body)."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            position += 1
            continue
        if marker == _START_OF_SCAN:
            return
        (length,) = struct.unpack_from(">H", data, position + 2)
        yield marker, data[position + 4 : position + 2 + length]
        position += 2 + length


def _stays(marker: int, body: bytes) -> bool:
    """Whether a segment is kept as it is, beside what ``Metadata`` holds.

    Photoshop's resources are kept only without their thumbnail (8BIM 0x040C), which would still
    show what was removed.
    """
    if marker == _APP13:
        return b"8BIM\x04\x0c" not in body
    return marker == _COMMENT or (marker == _APP1 and body.startswith(_EXTENDED_XMP))


def _with_segments(data: bytes, segments: tuple[tuple[int, bytes], ...]) -> bytes:
    """Put segments after those that must come first (JFIF's)."""
    (length,) = struct.unpack_from(">H", data, 4)
    place = 4 + length if data[3] == 0xE0 else 2
    packed = (struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments)
    return b"".join([data[:place], *packed, data[place:]])
