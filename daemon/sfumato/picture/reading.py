"""Reading a picture file, whatever its name says it is."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image

from sfumato.picture import jpeg, png, tiff, webp
from sfumato.picture.picture import Picture, PictureError

# Pillow warns of large pictures because they may come from strangers; here an artist chose one.
Image.MAX_IMAGE_PIXELS = None

# What decoders raise for damaged files.
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OSError,
    SyntaxError,  # Pillow, for broken headers
    struct.error,
    zlib.error,
    RuntimeError,  # imagecodecs
)


def read(path: Path) -> Picture:
    """Read a PNG, JPEG, WebP or TIFF; raises ``PictureError`` with a sentence that names it."""
    return decode(contents(path), path)


def contents(path: Path) -> bytes:
    """The bytes of a file; ``PictureError`` if it is missing, a directory or not readable."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PictureError(f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise PictureError(f"{path} is a directory; name a picture in it.") from error
    except PermissionError as error:
        # Windows reports a directory so.
        what = "is a directory; name a picture in it" if path.is_dir() else "may not be read"
        raise PictureError(f"{path} {what}.") from error
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}.") from error


def decode(data: bytes, path: Path) -> Picture:
    """Decode a picture by its first bytes; ``path`` names it in errors."""
    try:
        if data.startswith(png.SIGNATURE):
            return png.read(data)
        if data.startswith(jpeg.SIGNATURE):
            return jpeg.read(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return webp.read(data)
        if data.startswith(tiff.SIGNATURES):
            return tiff.read(data)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from error
    except MemoryError as error:
        raise PictureError(f"{path} is too large for this machine's memory.") from error
    except _DAMAGE as error:
        raise PictureError(f"{path} is damaged and cannot be read ({error}).") from error
    if not data:
        raise PictureError(f"{path} is empty.")
    raise PictureError(
        f"{path} is not a picture Sfumato knows; use PNG, JPEG, WebP or TIFF (export it from your "
        "editor)."
    )
