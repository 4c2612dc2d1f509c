"""Planes: rasters as they are announced before their bytes follow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from sfumato.service.status import invalid
from sfumato_client.geometry import Extent
from sfumato_client.wire import pixels_pb2 as px

MAX_SIDE = 1 << 20
WEBP_SIDE = 16383


class Codec(IntEnum):
    """How a plane's samples are packed."""

    RAW = px.CODEC_RAW
    DEFLATE = px.CODEC_DEFLATE
    WEBP_LOSSLESS = px.CODEC_WEBP_LOSSLESS


@dataclass(frozen=True, slots=True)
class AnnouncedPlane:
    """One raster to come; ``encoded_bytes`` of it, packed with ``codec``."""

    extent: Extent
    samples: int
    dtype: Literal["uint8", "uint16"]
    codec: Codec
    encoded_bytes: int

    @property
    def raw_bytes(self) -> int:
        """Its size unpacked."""
        return self.extent.area * self.samples * (2 if self.dtype == "uint16" else 1)


def checked_extent(extent: px.Extent, path: str) -> Extent:
    """A size with both sides from 1 to ``MAX_SIDE``; a ``Refusal`` otherwise."""
    for side in ("width", "height"):
        value = getattr(extent, side)
        if not 1 <= value <= MAX_SIDE:
            raise invalid(f"{path}.{side}", f"{path}.{side} is {value}, not 1 to {MAX_SIDE}.")
    return Extent(extent.width, extent.height)


def checked_plane(plane: px.Plane, path: str) -> AnnouncedPlane:
    """A plane whose form is complete and whose size in bytes fits it; a ``Refusal`` otherwise."""
    extent = checked_extent(plane.extent, f"{path}.extent")
    for field in ("color_model", "depth", "codec"):
        if not getattr(plane, field):
            raise invalid(f"{path}.{field}", f"{path} does not say its {field.replace('_', ' ')}.")
    checked = AnnouncedPlane(
        extent=extent,
        samples=int(plane.color_model),
        dtype="uint8" if plane.depth == px.DEPTH_U8 else "uint16",
        codec=Codec(plane.codec),
        encoded_bytes=plane.encoded_bytes,
    )
    if checked.codec is Codec.WEBP_LOSSLESS and not webp_fits(
        extent, checked.samples, checked.dtype
    ):
        raise invalid(
            f"{path}.codec",
            f"{path} cannot be a WebP file: that holds RGB and RGBA at 8 bit with sides up to "
            f"{WEBP_SIDE}.",
        )
    _check_size(checked, path)
    return checked


def webp_fits(extent: Extent, samples: int, dtype: str) -> bool:
    """Whether a lossless WebP file can hold such a plane."""
    return samples >= 3 and dtype == "uint8" and max(extent) <= WEBP_SIDE


def _check_size(plane: AnnouncedPlane, path: str) -> None:
    raw, encoded = plane.raw_bytes, plane.encoded_bytes
    # No packing of sense makes more of it; the bound keeps what is buffered in proportion.
    least, most = (raw, raw) if plane.codec is Codec.RAW else (1, raw + raw // 8 + 4096)
    if not least <= encoded <= most:
        raise invalid(
            f"{path}.encoded_bytes",
            f"{path} announces {encoded} bytes, but {plane.extent.width}x{plane.extent.height} "
            f"pixels of {plane.samples} samples ({plane.dtype}) are {raw} bytes unpacked.",
        )
