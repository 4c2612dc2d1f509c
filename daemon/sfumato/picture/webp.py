"""WebP: always written without loss, so that the pixels outside a selection stay."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from sfumato.picture import exif
from sfumato.picture.orientation import upright
from sfumato.picture.picture import Metadata, Notice, Picture, WebpForm
from sfumato.picture.storing import stored

LARGEST_SIDE = 16383


def read(data: bytes) -> Picture:
    """Decode a WebP, the first frame of an animation."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        frames = getattr(image, "n_frames", 1)
        pixels = np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGBA"))
        info = dict(image.info)
    metadata = Metadata(
        icc=info.get("icc_profile") or b"",
        exif=exif.bare(info.get("exif") or b""),
        xmp=info.get("xmp") or b"",
    )
    turn = exif.orientation(metadata.exif)
    notices: tuple[Notice, ...] = ()
    if frames > 1:
        notices = (Notice("FIRST_FRAME", "The picture is animated; only its first frame is used."),)
    return Picture(upright(pixels, turn), WebpForm(), metadata, turn, notices)


def encode(picture: Picture) -> bytes:
    """A lossless WebP of an 8-bit picture; gray is stored as RGB."""
    pixels, metadata, _ = stored(picture, WebpForm)
    if picture.samples < 3:
        pixels = pixels[..., [0, 0, 0, 1][: picture.samples + 2]]
    buffer = io.BytesIO()
    # `exact` keeps the colour of fully transparent pixels.
    Image.fromarray(pixels).save(
        buffer,
        "WEBP",
        lossless=True,
        exact=True,
        quality=30,  # of the effort, not of the picture
        method=2,
        icc_profile=metadata.icc or b"",
        exif=metadata.exif,
        xmp=metadata.xmp,
    )
    return buffer.getvalue()
