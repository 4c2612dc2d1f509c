"""Writing a picture file: what its format can hold, and all or nothing on the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sfumato.imaging.depth import converted
from sfumato.picture import jpeg, openraster, png, tiff, webp
from sfumato.picture.picture import Format, Notice, Picture, PictureError
from sfumato.picture.profile import Encoding, encoding_of, to_srgb

_SUFFIXES = {
    ".png": Format.PNG,
    ".jpg": Format.JPEG,
    ".jpeg": Format.JPEG,
    ".jpe": Format.JPEG,
    ".webp": Format.WEBP,
    ".tif": Format.TIFF,
    ".tiff": Format.TIFF,
    ".ora": Format.OPENRASTER,
}
_ENCODERS: dict[Format, Callable[[Picture], bytes]] = {
    Format.PNG: png.encode,
    Format.JPEG: jpeg.encode,
    Format.WEBP: webp.encode,
    Format.TIFF: tiff.encode,
    Format.OPENRASTER: openraster.encode,
}
_LARGEST_SIDE = {Format.JPEG: jpeg.LARGEST_SIDE, Format.WEBP: webp.LARGEST_SIDE}


def format_of(path: Path) -> Format:
    """The format a file name asks for; ``PictureError`` if it asks for none we write."""
    try:
        return _SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise PictureError(
            f"The name {path.name} does not say which format to write; let it end in .png, .jpg, "
            ".webp, .tif or .ora."
        ) from None


def fitted(picture: Picture, wanted: Format) -> tuple[Picture, tuple[Notice, ...]]:
    """The picture as a format can hold it, and what was lost on the way.

    Raises ``PictureError`` where something would be lost that nobody would want to lose:
    transparency, or pixels beyond the format's size.
    """
    notices: list[Notice] = []
    if max(picture.extent) > _LARGEST_SIDE.get(wanted, 2**31):
        raise PictureError(
            f"{wanted} holds at most {_LARGEST_SIDE[wanted]} pixels a side, the picture has "
            f"{max(picture.extent)}; write PNG or TIFF."
        )
    if picture.premultiplied and wanted is not Format.TIFF:
        picture = _straight(picture)
    if picture.depth == 16 and wanted in (Format.JPEG, Format.WEBP):
        picture = picture.with_pixels(converted(picture.pixels, np.uint8))
        notices.append(
            Notice("DEPTH_REDUCED", f"{wanted} has 8 bit a sample; PNG and TIFF would keep all 16.")
        )
    if picture.has_alpha and wanted is Format.JPEG:
        if picture.pixels[..., -1].min() < 255:
            raise PictureError("JPEG cannot hold transparency; write PNG, WebP or TIFF.")
        picture = picture.with_pixels(picture.pixels[..., :-1])
    if picture.samples < 3 and wanted in (Format.WEBP, Format.OPENRASTER):
        picture = _without_gray_profile(picture)
        notices.append(Notice("GRAY_AS_RGB", f"In {wanted} the gray picture is stored as RGB."))
    if wanted is Format.OPENRASTER:
        picture, dropped = _bare(picture)
        notices += dropped
    if wanted is Format.JPEG:
        notices.append(jpeg.LOSSY)
    return picture, tuple(notices)


def encode(picture: Picture, wanted: Format) -> bytes:
    """The bytes of a file that holds a fitted picture."""
    return _ENCODERS[wanted](picture)


def check_target(path: Path, force: bool) -> None:
    """Refuse, before any work is done, a file that could not be written in the end."""
    format_of(path)
    if path.is_dir():
        raise PictureError(f"{path} is a directory; name a file in it.")
    if path.exists() and not force:
        raise PictureError(f"{path} exists already; give another name, or --force to overwrite it.")
    if not path.parent.is_dir():
        raise PictureError(f"There is no directory {path.parent} to write {path.name} into.")
    if not os.access(path.parent, os.W_OK):
        raise PictureError(f"The directory {path.parent} may not be written to.")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises ``OSError`` and leaves what was there before."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _straight(picture: Picture) -> Picture:
    pixels = to_srgb(picture.pixels, Encoding(premultiplied=True))
    depth = picture.pixels.dtype
    return replace(picture, pixels=converted(pixels, depth), form=None)


def _without_gray_profile(picture: Picture) -> Picture:
    """Gray in a profile of its own becomes sRGB gray: such a profile does not fit RGB samples."""
    encoding, _ = encoding_of(picture)
    pixels = converted(to_srgb(picture.pixels, encoding), picture.pixels.dtype)
    return replace(picture, pixels=pixels, metadata=replace(picture.metadata, icc=b""))


def _bare(picture: Picture) -> tuple[Picture, list[Notice]]:
    """A picture as a layer: RGB, without what describes the file as a whole."""
    lost = bool(picture.metadata.exif or picture.metadata.xmp)
    if picture.samples < 3:
        gray, alpha = picture.pixels[..., :1], picture.pixels[..., 1:]
        picture = picture.with_pixels(np.concatenate([gray, gray, gray, alpha], axis=2))
    metadata = replace(picture.metadata, exif=b"", xmp=b"")
    told = [Notice("METADATA_DROPPED", "OpenRaster has no place for EXIF and XMP.")] if lost else []
    return replace(picture, form=None, metadata=metadata, orientation=1), told
