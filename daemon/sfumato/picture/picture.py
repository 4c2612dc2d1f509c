"""A picture as it was read from a file: its pixels, and what else the file holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, NamedTuple

from sfumato.imaging.depth import Pixels
from sfumato_client.errors import Refused
from sfumato_client.geometry import Extent


class PictureError(Refused):
    """A picture cannot be read or written; the message is a sentence that says what to do."""


class Format(StrEnum):
    """The file formats, by the name people use."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    TIFF = "TIFF"
    OPENRASTER = "OpenRaster"


class Notice(NamedTuple):
    """Something that could not be kept: a stable code, and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Metadata:
    r"""What every format can hold beside pixels.

    ``icc`` is the colour profile, ``exif`` an EXIF block from its TIFF header on (no ``Exif\0\0``
    before it), ``xmp`` a packet; each is empty if there is none. ``dpi`` are pixels per inch.
    """

    icc: bytes = field(default=b"", repr=False)
    exif: bytes = field(default=b"", repr=False)
    xmp: bytes = field(default=b"", repr=False)
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True)
class PngForm:
    """How a PNG was stored: its ancillary chunks, in order, as (type, data)."""

    chunks: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class JpegForm:
    """How a JPEG was stored: what decides its quality, and its segments beyond ``Metadata``."""

    quantization: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    subsampling: int = 0
    progressive: bool = False
    segments: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class WebpForm:
    """How a WebP was stored: nothing that matters."""


@dataclass(frozen=True)
class TiffForm:
    """How a TIFF was stored.

    ``compression``, ``predictor`` and ``extra_sample`` are the tags' values; ``tags`` are (code,
    data type, count, value) as tifffile writes them. ``white_is_zero`` grays are stored inverted.
    ``premultiplied``: the colours of ``Picture.pixels`` are multiplied by alpha.
    """

    byteorder: Literal["<", ">"] = "<"
    compression: int = 1
    predictor: int = 1
    white_is_zero: bool = False
    extra_sample: int = 2
    tags: tuple[tuple[int, int, int, object], ...] = field(default=(), repr=False)

    @property
    def premultiplied(self) -> bool:
        """Whether alpha is "associated" (TIFF 6.0, ExtraSamples 1)."""
        return self.extra_sample == 1


Form = PngForm | JpegForm | WebpForm | TiffForm


@dataclass(frozen=True)
class Picture:
    """A picture, upright.

    ``pixels`` has the shape (height, width, samples), ``uint8`` or ``uint16``; 1 to 4 samples are
    gray, gray and alpha, RGB, RGBA, in the encoding of the file's own profile. ``form`` is how it
    was stored, None for a new picture. ``orientation`` is
    EXIF's (1 to 8): how the file's rows and columns were turned to get here. ``notices`` say what
    reading could not keep. ``records`` are JSON in ASCII about edits, for files that can hold text.
    """

    pixels: Pixels = field(repr=False)
    form: Form | None = None
    metadata: Metadata = Metadata()
    orientation: int = 1
    notices: tuple[Notice, ...] = ()
    records: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def extent(self) -> Extent:
        """Its size."""
        return Extent(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def samples(self) -> int:
        """Samples a pixel."""
        return int(self.pixels.shape[2])

    @property
    def depth(self) -> int:
        """Bits a sample: 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    @property
    def has_alpha(self) -> bool:
        """Whether the last sample is alpha."""
        return self.samples in (2, 4)

    @property
    def premultiplied(self) -> bool:
        """Whether colours are stored multiplied by alpha."""
        return self.has_alpha and isinstance(self.form, TiffForm) and self.form.premultiplied

    def with_records(self, records: tuple[bytes, ...]) -> Picture:
        """The same picture with more records of its edits."""
        return replace(self, records=self.records + records)

    def with_pixels(self, pixels: Pixels) -> Picture:
        """The same file with other pixels."""
        return replace(self, pixels=pixels)
