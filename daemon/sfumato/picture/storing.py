"""A picture as a file stores it: turned as it was in its own format, upright in another."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from sfumato.imaging.depth import Pixels
from sfumato.picture import exif
from sfumato.picture.orientation import as_stored
from sfumato.picture.picture import Form, Metadata, Picture

_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>))[1-8]")


class Stored(NamedTuple):
    """Pixels in the order they are written, with metadata and orientation (1 to 8) to match."""

    pixels: Pixels
    metadata: Metadata
    orientation: int


def stored(picture: Picture, form: type[Form]) -> Stored:
    """The picture for a file of ``form``'s format, without thumbnails of what it was before.

    Programs differ in whether they heed an orientation in a PNG or WebP, so a picture that comes
    from another format is written as it is seen.
    """
    block = exif.without_thumbnail(picture.metadata.exif)
    if isinstance(picture.form, form):
        metadata = replace(picture.metadata, exif=block)
        pixels = as_stored(picture.pixels, picture.orientation)
        return Stored(pixels, metadata, picture.orientation)
    metadata = replace(
        picture.metadata,
        exif=exif.with_orientation(block, 1),
        xmp=_XMP_ORIENTATION.sub(rb"\g<1>1", picture.metadata.xmp),
    )
    return Stored(picture.pixels, metadata, 1)
