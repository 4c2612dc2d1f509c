"""Picture files for tests, written by libraries the code under test does not use for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

Array = npt.NDArray[Any]


def noise(width: int, height: int, samples: int, depth: int, seed: int = 0) -> Array:
    """Random samples (height, width, samples), alpha included."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 2**depth, (height, width, samples), dtype=f"uint{depth}")


def write(path: Path, pixels: Array) -> Path:
    """Write a PNG (OpenCV), TIFF (tifffile), WebP or JPEG (Pillow) of (height, width, samples)."""
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    if path.suffix == ".tif":
        kind = "minisblack" if pixels.shape[2] < 3 else "rgb"
        extra = ["unassalpha"] if pixels.shape[2] in (2, 4) else None
        tifffile.imwrite(
            path, flat, photometric=kind, extrasamples=extra, planarconfig="contig", metadata=None
        )
    elif path.suffix == ".png" and pixels.dtype == np.uint16 and pixels.shape[2] != 2:
        swap = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(pixels.shape[2])
        assert cv2.imwrite(str(path), pixels[..., swap] if swap else flat)
    elif path.suffix == ".png" and pixels.dtype == np.uint16:
        import imagecodecs  # the only writer of 16-bit gray with alpha at hand

        path.write_bytes(imagecodecs.png_encode(pixels))
    else:
        options: dict[str, Any] = {}
        if path.suffix == ".webp":
            options = {"lossless": True, "exact": True}
        Image.fromarray(flat).save(path, **options)
    return path


def samples(path: Path) -> Array:
    """The stored samples of a file as (height, width, samples), by independent readers."""
    if path.suffix == ".tif":
        array = tifffile.imread(path)
    elif path.suffix == ".png" and _png_bits(path) == 16:
        array = _read_16_bit_png(path)
    else:
        with Image.open(path) as image:
            array = np.asarray(image)
    return array.reshape(*array.shape[:2], -1)


def _png_bits(path: Path) -> int:
    return path.read_bytes()[24]


def _read_16_bit_png(path: Path) -> Array:
    gray_with_alpha = path.read_bytes()[25] == 4
    array = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert array is not None
    if array.ndim == 2:
        return array
    if gray_with_alpha:  # OpenCV widens it to four samples
        return array[..., [0, 3]]
    return array[..., [2, 1, 0] if array.shape[2] == 3 else [2, 1, 0, 3]]
