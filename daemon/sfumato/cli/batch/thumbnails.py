"""Small pictures of each edit, before and after, for the contact sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.cli.outcome import Outcome
from sfumato.cli.rasters import cropped
from sfumato.imaging.depth import Pixels, converted
from sfumato.picture.laying import retouched
from sfumato.picture.picture import Format, Picture
from sfumato.picture.profile import to_srgb
from sfumato.picture.writing import encode, write_atomically
from sfumato_client.events import Result
from sfumato_client.geometry import Bounds
from sfumato_client.selection import bounds_of_coverage

_SIDE = 480
_ASPECT = 4 / 3
_LEAST = 160
"""Pixels of the picture that are shown at least, so that one sees where a small edit lies."""
_CHECKER = 8


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails in a directory, named after their edits."""

    folder: Path

    def before(self, name: str) -> Path:
        """What stood there."""
        return self.folder / f"{_short(name)}-before.jpg"

    def after(self, name: str, variation: int = 0) -> Path:
        """What a variation put there."""
        return self.folder / f"{_short(name)}-after-{variation + 1}.jpg"

    def make(self, name: str, picture: Picture, outcome: Outcome) -> None:
        """Show the part of the picture that was worked on, in sRGB."""
        self.folder.mkdir(parents=True, exist_ok=True)
        window = _shown(picture, outcome)
        _write(self.before(name), _small(picture, window, outcome))
        for result in outcome.results:
            after = retouched(picture, outcome.patches(result), outcome.encoding)
            _write(self.after(name, result.variation), _small(after, window, outcome))


def _shown(picture: Picture, outcome: Outcome) -> Bounds:
    """The masked part with half its size around it on each side."""
    tight = [bounds for result in outcome.results for bounds in _masked(result)]
    whole = Bounds.of(picture.extent)
    if not tight:
        return whole
    inside = reduce(Bounds.union, tight)
    margin = max((_LEAST - min(inside.extent)) // 2, max(inside.extent) // 2)
    return _framed(inside.padded(margin), whole)


def _framed(shown: Bounds, whole: Bounds) -> Bounds:
    """Bounds of a thumbnail's aspect around others, moved into the picture as far as they fit."""
    width = max(shown.width, round(shown.height * _ASPECT))
    height = max(shown.height, round(width / _ASPECT))
    width, height = min(width, whole.width), min(height, whole.height)
    x = shown.x + (shown.width - width) // 2
    y = shown.y + (shown.height - height) // 2
    x, y = max(0, min(x, whole.width - width)), max(0, min(y, whole.height - height))
    return Bounds(x, y, width, height)


def _masked(result: Result) -> Iterator[Bounds]:
    for piece in result.pieces:
        found = bounds_of_coverage(piece.mask, piece.bounds.width)
        if found is not None:
            yield found.shifted(piece.bounds.x, piece.bounds.y)


def _small(picture: Picture, window: Bounds, outcome: Outcome) -> NDArray[np.uint8]:
    """A window in sRGB at 8 bit, no larger than a thumbnail; (height, width, 3)."""
    pixels = to_srgb(cropped(picture, window), outcome.encoding)
    pixels = _over_checkers(np.asarray(converted(pixels, np.uint8), np.uint8))
    scale = min(1.0, _SIDE / max(window.extent))
    size = (max(1, round(window.width * scale)), max(1, round(window.height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _over_checkers(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels as RGB; what is transparent shows a checkerboard."""
    color = pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels[..., :1], 3, axis=2)
    if pixels.shape[2] in (1, 3):
        return np.ascontiguousarray(color)
    rows, columns = np.indices(pixels.shape[:2]) // _CHECKER
    board = np.where((rows + columns) % 2, 204, 255)[..., None]
    alpha = pixels[..., -1:] / 255
    return np.rint(color * alpha + board * (1 - alpha)).astype(np.uint8)


def _write(path: Path, pixels: Pixels) -> None:
    write_atomically(path, encode(Picture(pixels), Format.JPEG))


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:12]
