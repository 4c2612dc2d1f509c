"""TIFF: 8 and 16 bit, read and written by tifffile with its compression and descriptive tags."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import tifffile

from sfumato.imaging.depth import Pixels
from sfumato.picture.orientation import known, upright
from sfumato.picture.picture import (
    Metadata,
    Notice,
    Picture,
    PictureError,
    TiffForm,
)
from sfumato.picture.storing import stored
from sfumato.picture.tiff_directories import descriptive_tags, exif_block_of, with_exif

SIGNATURES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# What is wrong with a file is raised; tifffile would also print it.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_ORIENTATION, _XMP, _ICC = 274, 700, 34675
_INCH, _CENTIMETER = 2, 3
_ASCII = 2
_BYTES = {1, _ASCII, 7}  # BYTE, ASCII and UNDEFINED
# Tags that describe the picture and stay true when its pixels change: names, camera, rights,
# IPTC, and where on Earth it lies (GeoTIFF).
_DESCRIPTIVE = {269, 270, 271, 272, 285, 305, 306, 315, 316, 33432, 33723}
_DESCRIPTIVE |= {33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113}
# Lossless compressions that are kept; others become deflate.
_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _ZSTD = 1, 5, 8, 32946, 32773, 50000
_LOSSLESS = {_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _ZSTD}
_HORIZONTAL = 2
_REDUCED = 1


def read(data: bytes) -> Picture:
    """Decode the first page; refuses CMYK, Lab, floats and more than one extra channel."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        if not isinstance(page, tifffile.TiffPage):
            raise PictureError("The TIFF's first page is not a picture.")
        _check(page)
        pixels, notices = _samples(page)
        pages = sum(_is_page(other) for other in file.pages)
        tags = tuple(_kept_tags(file, page))
        turn = known(_value(page, _ORIENTATION))
        form = TiffForm(
            byteorder=file.byteorder,
            compression=int(page.compression) if page.compression in _LOSSLESS else _DEFLATE,
            predictor=_HORIZONTAL if page.predictor == _HORIZONTAL else 1,
            white_is_zero=page.photometric == tifffile.PHOTOMETRIC.MINISWHITE,
            extra_sample=int(page.extrasamples[0]) if page.extrasamples else 2,
            tags=tags,
        )
        metadata = Metadata(
            icc=_bytes(_value(page, _ICC)),
            exif=exif_block_of(data, turn),
            xmp=_bytes(_value(page, _XMP)),
            dpi=_dpi(page),
        )
    if pages > 1:
        notices += (Notice("FIRST_PAGE", f"The TIFF has {pages} pages; only the first is used."),)
    return Picture(upright(pixels, turn), form, metadata, turn, notices)


def encode(picture: Picture) -> bytes:
    """A TIFF of the picture; one that was a TIFF keeps its compression, order and tags."""
    pixels, metadata, turn = stored(picture, TiffForm)
    if isinstance(picture.form, TiffForm):
        form = picture.form
    else:
        texts = descriptive_tags(metadata.exif).items()
        tags = tuple((code, _ASCII, 0, text.encode("utf-8") + b"\0") for code, text in texts)
        form = TiffForm(compression=_DEFLATE, predictor=_HORIZONTAL, tags=tags)
    if form.white_is_zero:
        pixels = np.iinfo(pixels.dtype).max - pixels
    extra: list[tuple[int, int, int, object]] = [(_ORIENTATION, 3, 1, turn)]
    if metadata.xmp:
        extra.append((_XMP, 1, len(metadata.xmp), metadata.xmp))
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        np.squeeze(pixels, 2) if picture.samples == 1 else pixels,
        photometric=_photometric(picture.samples, form),
        planarconfig="contig" if picture.samples > 1 else None,
        extrasamples=[form.extra_sample] if picture.has_alpha else None,
        byteorder=form.byteorder,
        compression=form.compression,
        predictor=form.predictor == _HORIZONTAL,
        resolution=metadata.dpi,
        resolutionunit=_INCH if metadata.dpi else None,
        iccprofile=metadata.icc or None,
        extratags=[(*tag, True) for tag in (*form.tags, *extra)],
        metadata=None,
        software=False,
    )
    return with_exif(buffer.getvalue(), metadata.exif)


def _check(page: tifffile.TiffPage) -> None:
    kinds = tifffile.PHOTOMETRIC
    known_kinds = (kinds.MINISBLACK, kinds.MINISWHITE, kinds.RGB, kinds.PALETTE, kinds.YCBCR)
    if page.photometric not in known_kinds:
        name = "CMYK" if page.photometric == kinds.SEPARATED else "in a rare colour space"
        raise PictureError(f"The picture is {name}; convert it to RGB or gray first.")
    if page.dtype is None or page.dtype.kind not in "ub" or page.bitspersample not in (1, 8, 16):
        raise PictureError(
            f"The picture has {page.bitspersample} bit a sample"
            f"{' as floating point' if page.dtype is not None and page.dtype.kind == 'f' else ''}; "
            "convert it to 8 or 16 bit integers first."
        )
    color = 1 if page.photometric in (kinds.MINISBLACK, kinds.MINISWHITE, kinds.PALETTE) else 3
    if page.samplesperpixel > color + 1 or page.imagedepth > 1:
        raise PictureError(
            f"The picture has {page.samplesperpixel} channels; keep its colour and at most one "
            "alpha channel."
        )


def _is_page(page: tifffile.TiffPage | tifffile.TiffFrame) -> bool:
    """Whether it is a picture of its own and no thumbnail."""
    return not (isinstance(page, tifffile.TiffPage) and page.subfiletype & _REDUCED)


def _samples(page: tifffile.TiffPage) -> tuple[Pixels, tuple[Notice, ...]]:
    """The stored pixels as (height, width, samples), black at 0."""
    array: npt.NDArray[np.generic] = page.asarray()
    height, width = page.imagelength, page.imagewidth
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and page.samplesperpixel > 1:
        array = np.moveaxis(array.reshape(page.samplesperpixel, height, width), 0, 2)
    array = array.reshape(height, width, -1)
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        assert page.colormap is not None
        colors = (page.colormap.T >> 8).astype(np.uint8)
        notice = Notice("PALETTE_EXPANDED", "The picture has a palette; the result is full colour.")
        return colors[array[..., 0]], (notice,)
    notices: tuple[Notice, ...] = ()
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
        notices = (Notice("DEPTH_RAISED", "The picture has 1 bit a sample; the result has 8."),)
    pixels: Pixels = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels = np.iinfo(pixels.dtype).max - pixels
    return pixels, notices


def _kept_tags(
    file: tifffile.TiffFile, page: tifffile.TiffPage
) -> Iterator[tuple[int, int, int, object]]:
    for tag in page.tags:
        if tag.code not in _DESCRIPTIVE:
            continue
        value: object = tag.value
        if tag.dtype in _BYTES:
            file.filehandle.seek(tag.valueoffset)
            value = file.filehandle.read(tag.valuebytecount)
        yield tag.code, int(tag.dtype), tag.count, value


def _photometric(samples: int, form: TiffForm) -> str:
    if samples > 2:
        return "rgb"
    return "miniswhite" if form.white_is_zero else "minisblack"


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    if page.resolutionunit not in (_INCH, _CENTIMETER) or page.resolution == (1, 1):
        return None
    x, y = page.resolution
    scale = 2.54 if page.resolutionunit == _CENTIMETER else 1.0
    return (x * scale, y * scale)


def _value(page: tifffile.TiffPage, code: int) -> object:
    tag = page.tags.get(code)
    return None if tag is None else tag.value


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
