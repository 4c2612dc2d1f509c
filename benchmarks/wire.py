"""A long wire and dust in a large 16-bit picture: only their surroundings should travel.

Draws a wire of 6000 px by 8 px and 60 dust spots over a photograph-like sky of 24 megapixels, has
them removed by the real command, and prints the seconds, the pixels sent, and how near the result
comes to the picture without them.

    python benchmarks/wire.py [DIR]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import tifffile

WIDTH, HEIGHT = 6000, 4000
WIRE_LENGTH, WIRE_WIDTH, SPOTS = 6000, 8, 60

Picture = npt.NDArray[np.uint16]
Coverage = npt.NDArray[np.uint8]


class Scene(NamedTuple):
    """A picture without and with the wire and the dust, and where they are."""

    clean: Picture
    spoiled: Picture
    mask: Coverage


def scene(seed: int = 0) -> Scene:
    """A sky with clouds and grain, (4000, 6000, 3) at 16 bit."""
    generator = np.random.default_rng(seed)
    clean = _sky(generator)
    mask = _wire_and_dust(generator)
    dark = generator.integers(2000, 6000, 3)
    spoiled = clean.copy()
    spoiled[mask > 0] = dark
    return Scene(clean, spoiled, mask)


def write(spoiled: Picture, mask: Coverage, folder: Path) -> tuple[Path, Path]:
    """Write a picture and its mask as files; returns both paths."""
    picture, selection = folder / "spoiled.tif", folder / "mask.png"
    tifffile.imwrite(picture, spoiled, photometric="rgb", metadata=None)
    assert cv2.imwrite(str(selection), mask)
    return picture, selection


def decibels(result: Picture, truth: Picture, where: npt.NDArray[np.bool_]) -> float:
    """PSNR over the pixels ``where``."""
    away = result[where].astype(np.float64) - truth[where]
    return float(20 * np.log10(65535 / np.sqrt(np.mean(away**2))))


def _sky(generator: np.random.Generator) -> Picture:
    """Clouds of several sizes over a gradient, with a camera's grain."""
    sky = np.linspace(0.35, 0.8, HEIGHT, dtype=np.float32)[:, None, None] * np.ones((1, WIDTH, 3))
    sky = (sky * np.array([0.75, 0.9, 1.1])).astype(np.float32)
    for cells in (6, 24, 96):
        coarse = generator.normal(0, 0.5 / cells**0.7, (cells * 2 // 3, cells)).astype(np.float32)
        clouds = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        sky += clouds[..., None]
    sky += generator.standard_normal((HEIGHT, WIDTH, 1), np.float32) * np.float32(0.008)
    return (np.clip(sky, 0, 1) * 65535).astype(np.uint16)


def _wire_and_dust(generator: np.random.Generator) -> Coverage:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    scale = WIRE_LENGTH / np.hypot(WIDTH, HEIGHT)
    run, fall = round(WIDTH * scale), round(HEIGHT * scale)
    left, top = (WIDTH - run) // 2, (HEIGHT - fall) // 2
    cv2.line(mask, (left, top), (left + run, top + fall), (255,), WIRE_WIDTH)
    for _ in range(SPOTS):
        center = (int(generator.integers(40, WIDTH - 40)), int(generator.integers(40, HEIGHT - 40)))
        cv2.circle(mask, center, int(generator.integers(3, 12)), (255,), -1)
    return mask


def main(folder: Path) -> None:
    """Make the scene, have it mended, print the figures."""
    made = scene()
    picture, selection = write(made.spoiled, made.mask, folder)
    out = folder / "mended.tif"
    command = [sys.executable, "-m", "sfumato", "inpaint", str(picture), "--mask", str(selection)]
    begun = time.perf_counter()
    done = subprocess.run(
        [*command, "-o", str(out), "--force", "--json"], stdout=subprocess.PIPE, check=True
    )
    print(f"{'the whole command':20} {time.perf_counter() - begun:7.2f} s")
    report = json.loads(done.stdout)
    mended = tifffile.imread(out)
    spoiled = made.mask > 0
    for stage, seconds in report["seconds"].items():
        print(f"{stage:20} {seconds:7.2f} s")
    pixels = report["pixels"]
    share = pixels["sent"] / pixels["picture"]
    print(f"sent {pixels['sent']:,} pixels in {pixels['windows']} windows, {share:.1%} of all")
    print(
        f"under the selection: {decibels(made.spoiled, made.clean, spoiled):.1f} dB before, "
        f"{decibels(mended, made.clean, spoiled):.1f} dB after"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
