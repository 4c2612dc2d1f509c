"""Colour profiles: a picture's own encoding to sRGB, which travels, and back.

LittleCMS (imagecodecs) does the work at 16 bit, so that going there and back costs nothing that
8 bit could see. Alpha is straight on the way and untouched by profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Pixels, converted
from sfumato.picture.picture import Notice, Picture

# cmsFLAGS_NOOPTIMIZE: exact curves instead of an 8-bit look-up, whose error reaches 6 % in shadows.
_EXACT = 0x0100
# A profile that moves no colour by more than this is sRGB under another name.
_NEGLIGIBLE = 2 * 257
# Colours that come back further away than this lie outside sRGB.
_CLIPPED = 6 * 257

UNREADABLE = Notice(
    "PROFILE_IGNORED",
    "The picture's colour profile does not fit its pixels; they are taken for sRGB.",
)
CLIPPED = Notice(
    "SOURCE_CLIPPED",
    "Some colours around the selection lie outside sRGB; what is filled in cannot be as vivid.",
)


@dataclass(frozen=True)
class Encoding:
    """How a picture's samples are encoded.

    ``profile`` is the ICC profile with ``color_space`` (``"rgb"`` or ``"gray"``), empty when the
    samples are sRGB already. ``premultiplied``: colours are multiplied by alpha.
    """

    profile: bytes = b""
    color_space: str = "rgb"
    premultiplied: bool = False

    @property
    def travels_as_is(self) -> bool:
        """Whether the stored samples are what the wire wants."""
        return not self.profile and not self.premultiplied


def encoding_of(picture: Picture) -> tuple[Encoding, tuple[Notice, ...]]:
    """The encoding of a picture's samples, and what had to be ignored."""
    profile = picture.metadata.icc
    if not profile:
        return Encoding(premultiplied=picture.premultiplied), ()
    space = _color_space(profile)
    if space is None or (space == "gray" and picture.samples > 2):
        return Encoding(premultiplied=picture.premultiplied), (UNREADABLE,)
    try:
        needed = not _is_srgb(profile, space)
    except imagecodecs.CmsError:
        return Encoding(premultiplied=picture.premultiplied), (UNREADABLE,)
    return Encoding(profile if needed else b"", space, picture.premultiplied), ()


def to_srgb(pixels: Pixels, encoding: Encoding) -> Pixels:
    """Stored samples as sRGB with straight alpha.

    ``pixels`` (height, width, samples) comes back with the same shape; at 16 bit if anything had
    to be converted.
    """
    if encoding.travels_as_is:
        return pixels
    color, alpha = _parted(converted(pixels, np.uint16))
    if encoding.premultiplied:
        color = _divided(color, alpha)
    if encoding.profile:
        color = _transformed(color, encoding.profile, encoding.color_space, _srgb(), "rgb")
    return _joined(color, alpha)


def from_srgb(pixels: Pixels, encoding: Encoding, depth: int) -> Pixels:
    """Samples in sRGB with straight alpha, in the stored encoding, at 8 or 16 bit."""
    if not encoding.travels_as_is:
        color, alpha = _parted(converted(pixels, np.uint16))
        if encoding.profile:
            color = _transformed(color, _srgb(), "rgb", encoding.profile, encoding.color_space)
        if encoding.premultiplied:
            color = _multiplied(color, alpha)
        pixels = _joined(color, alpha)
    return converted(pixels, np.uint16 if depth == 16 else np.uint8)


def clips(pixels: Pixels, encoding: Encoding) -> bool:
    """Whether more than a thousandth of the stored samples lie outside sRGB."""
    if not encoding.profile:
        return False
    back = from_srgb(to_srgb(pixels, encoding), encoding, 16)
    away = np.abs(back.astype(np.int32) - converted(pixels, np.uint16)) > _CLIPPED
    return bool(away.mean() > 0.001)


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    return bytes(imagecodecs.cms_profile("srgb"))


def _color_space(profile: bytes) -> str | None:
    """The profile's device space by its header (ICC.1:2022, 7.2.6)."""
    return {b"RGB ": "rgb", b"GRAY": "gray"}.get(profile[16:20])


@lru_cache(maxsize=8)
def _is_srgb(profile: bytes, space: str) -> bool:
    levels = np.linspace(0, 65535, 9).round().astype(np.uint16)
    if space == "rgb":
        grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    else:
        grid = levels.reshape(1, -1, 1)
    moved = _transformed(np.ascontiguousarray(grid), profile, space, _srgb(), "rgb")
    return bool(np.abs(moved.astype(np.int32) - grid).max() <= _NEGLIGIBLE)


def _transformed(
    color: Pixels, source: bytes, source_space: str, target: bytes, target_space: str
) -> Pixels:
    """Through LittleCMS, relative colorimetric; gray goes as three equal samples where needed."""
    given = color.shape[2]
    if source_space == "rgb" and given == 1:
        color = color[..., [0, 0, 0]]
    if source_space == "gray":
        color = color[..., 0]
    moved: Pixels = imagecodecs.cms_transform(
        np.ascontiguousarray(color),
        source,
        target,
        colorspace=source_space,
        outcolorspace=target_space,
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=_EXACT,
    )
    if moved.ndim == 2:
        moved = moved[:, :, np.newaxis]
    # Gray stays gray: its three sRGB samples are equal, green is the least rounded.
    return moved[..., 1:2] if given == 1 and moved.shape[2] == 3 else moved


def _parted(pixels: Pixels) -> tuple[Pixels, Pixels]:
    colors = 1 if pixels.shape[2] < 3 else 3
    return pixels[..., :colors], pixels[..., colors:]


def _joined(color: Pixels, alpha: Pixels) -> Pixels:
    joined: NDArray[Any] = np.concatenate([color, alpha], axis=2)
    return joined


def _divided(color: Pixels, alpha: Pixels) -> Pixels:
    straight = color.astype(np.float64) * (65535.0 / np.maximum(alpha, 1))
    return np.minimum(np.rint(straight), 65535).astype(np.uint16)


def _multiplied(color: Pixels, alpha: Pixels) -> Pixels:
    return np.rint(color.astype(np.float64) * (alpha / 65535.0)).astype(np.uint16)
