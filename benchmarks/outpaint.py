"""Extending photographs that were cropped before, so that what should come out is known.

    python -m benchmarks.outpaint [--quick] [--pictures FOLDER]

Every photograph is extended by a quarter of its side on each side, in few windows and in many, by
``fill`` and by OpenCV's inpainting of the same area, in one run. PSNR and SSIM reward blur;
sharpness is the fine detail as a share of the photograph's own. ``border`` is the edge ratio where
the new part begins, ``tiles`` that where two windows meet: about 1 where nothing shows; beside
them stands what the photograph itself has in those places. A tiny diffusion model with random
weights says nothing of pictures, but shows whether its windows can be seen.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.photographs import PHOTOGRAPHS, Picture, photograph
from sfumato.engines.base import Engine
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.parameters import MaskedContent, Operation, Parameters
from sfumato.imaging.compose import laid
from sfumato.imaging.depth import as_float
from sfumato.imaging.metrics import edge_ratio, psnr, sharpness_ratio, ssim
from sfumato_client import Extent, Growth, Model, Place, Sides, tiles
from tests.support.tiny_models import tiny_model
from tests.support.works import Piece, results, run, slices, work_of

SIDE = 510
ADDED = 85
"""A quarter of the 340 px that are left of a photograph."""
SMALL = Model(native_area=96 * 96)
"""As if for a model this small: many windows."""


class Score(NamedTuple):
    """One extension: against the photograph, and at its borders, with the photograph's own."""

    psnr: float
    ssim: float
    sharpness: float
    border: float
    border_before: float
    tiles: float
    tiles_before: float


def extended(engine: Engine, truth: Picture, growth: Growth, places: Sequence[Place]) -> Picture:
    """What an engine makes of the known part of a photograph, laid together as editors do."""
    picture, selection = cropped(truth, growth)
    with tempfile.TemporaryDirectory() as folder:
        pieces = [Piece(*place) for place in places]
        wanted = PARAMETERS[type(engine)]
        parameters = replace(wanted, feather=float(growth.overlap))
        work = work_of(Path(folder) / "arena", picture, selection, parameters, pieces)
        run(engine, replace(work, known=growth.known))
        for window, color, mask in results(work):
            picture[slices(window)] = laid(picture[slices(window)], color, mask)
    return picture


def cropped(truth: Picture, growth: Growth) -> tuple[Picture, Picture]:
    """The known part in the middle of black, and the selection of all that is new."""
    selection = np.full(truth.shape[:2], 255, np.uint8)
    selection[slices(growth.known)] = 0
    return np.where((selection > 0)[..., None], 0, truth).astype(np.uint8), selection


PARAMETERS = {
    FillEngine: Parameters(),
    DiffusionEngine: Parameters(
        operation=Operation.GENERATE,
        model="tiny",
        prompt="more",
        steps=4,
        masked_content=MaskedContent.FILL,
    ),
}


def scored(truth: Picture, result: Picture, growth: Growth, places: Sequence[Place]) -> Score:
    """Compare an extension with the photograph."""
    before, after = as_float(truth), as_float(result)
    new = np.ones(truth.shape[:2], bool)
    new[slices(growth.known)] = False
    return Score(
        psnr(before, after, new),
        ssim(before, after, new),
        sharpness_ratio(before, after, new),
        edge_ratio(after, new),
        edge_ratio(before, new),
        *(_between_tiles(colour, places, growth) for colour in (after, before)),
    )


def _between_tiles(colour: np.ndarray, places: Sequence[Place], growth: Growth) -> float:
    """The mean edge ratio over the lines between two cores; NaN where there is but one."""
    ratios = []
    for window, core in places[1:]:
        # Only what is new beside this core: the border with the picture is measured by itself.
        around = core.padded(16).intersection(window)
        inner = around.intersection(growth.known).area
        if inner > 0.5 * around.area:
            continue
        area = np.zeros(colour.shape[:2], bool)
        area[slices(core)] = True
        ratios.append(edge_ratio(colour[slices(around)], area[slices(around)]))
    return float(np.mean(ratios)) if ratios else float("nan")


def table(names: Sequence[str], pictures: Path | None) -> Iterator[str]:
    """The lines of the report, as they are measured."""
    growth = Growth.of(Extent(SIDE - 2 * ADDED, SIDE - 2 * ADDED), Sides(*[ADDED] * 4))
    few, many = tiles(growth), tiles(growth, SMALL)
    yield f"Medians of {len(names)} photographs: {', '.join(names)}"
    yield "method                    PSNR   SSIM  sharpness  border (photo)  tiles (photo)"
    tiny = DiffusionEngine("cpu", {"model:tiny": str(tiny_model("sd15-inpaint"))})
    methods = {
        f"fill, {len(few)} windows": (FillEngine("cpu", {}), few),
        f"fill, {len(many)} windows": (FillEngine("cpu", {}), many),
        "Telea": (cv2.INPAINT_TELEA, few),
        "Navier-Stokes": (cv2.INPAINT_NS, few),
        f"tiny model, {len(many)} windows": (tiny, many),
    }
    for name, (method, places) in methods.items():
        scores = []
        for each in names:
            truth = photograph(each, SIDE)
            if isinstance(method, int):
                damaged, selection = cropped(truth, growth)
                result = np.atleast_3d(cv2.inpaint(damaged, selection, 3, method))
            else:
                result = extended(method, truth, growth, places)
            if pictures is not None:
                cv2.imwrite(str(pictures / f"{name}-{each}.png"), result[..., ::-1])
            scores.append(scored(truth, result, growth, places))
        yield _line(name, Score(*(statistics.median(each) for each in zip(*scores, strict=True))))
    tiny.close()


def _line(name: str, score: Score) -> str:
    return (
        f"{name:24s} {score.psnr:5.1f} {score.ssim:6.3f} {score.sharpness:9.2f} "
        f"{score.border:8.2f} ({score.border_before:.2f}) {score.tiles:8.2f} "
        f"({score.tiles_before:.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three photographs only")
    parser.add_argument("--pictures", type=Path, help="also write the results to this folder")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    names = list(PHOTOGRAPHS)[:3] if arguments.quick else list(PHOTOGRAPHS)
    for line in table(names, arguments.pictures):
        print(line, flush=True)


if __name__ == "__main__":
    main()
