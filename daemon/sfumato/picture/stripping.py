"""A picture without what its file tells of camera, place, author and editing."""

from __future__ import annotations

from dataclasses import replace

from sfumato.picture.picture import Form, JpegForm, Picture, PngForm, TiffForm

_PNG_LOOKS = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"pHYs"}


def stripped(picture: Picture) -> Picture:
    """The same pixels, upright, with the colour profile and the resolution alone."""
    metadata = replace(picture.metadata, exif=b"", xmp=b"")
    form = _bare(picture.form)
    return replace(picture, metadata=metadata, form=form, orientation=1, records=())


def _bare(form: Form | None) -> Form | None:
    """How a picture was stored, without its texts."""
    match form:
        case PngForm(chunks=chunks):
            return PngForm(tuple(chunk for chunk in chunks if chunk[0] in _PNG_LOOKS))
        case JpegForm():
            return replace(form, segments=())
        case TiffForm():
            return replace(form, tags=())
    return form
