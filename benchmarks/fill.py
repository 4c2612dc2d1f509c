"""The fill engine against OpenCV's inpainting, on real photographs with a part missing.

    python -m benchmarks.fill [--quick] [--pictures FOLDER] [--clock process]

Every method fills the same holes in one run. PSNR and SSIM reward blur; sharpness is the fine
detail in the hole as a share of the photograph's own; edge and ring tell whether the seam shows,
beside what the untouched photograph has in the same place. ``--clock process`` counts this
process's own seconds on the CPU, for machines that are busy with other things too.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.photographs import PHOTOGRAPHS, Picture, blob, photograph
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.parameters import Parameters
from sfumato.imaging.depth import as_float
from sfumato.imaging.metrics import edge_ratio, psnr, ring_difference, sharpness_ratio, ssim
from tests.support.works import results, run, work_of

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "process": time.process_time}
SIDES, SHARES = (512, 2048), (0.01, 0.05, 0.15)
MARGIN = 40


@dataclass(frozen=True)
class Score:
    """One fill of one hole."""

    psnr: float
    ssim: float
    sharpness: float
    edge: float
    ring: float
    seconds: float


def fill(picture: Picture, selection: Picture) -> Picture:
    """Sfumato's fill engine, with all it does around the fill itself."""
    with tempfile.TemporaryDirectory() as folder:
        work = work_of(Path(folder) / "arena", picture, selection, Parameters())
        run(FillEngine("cpu", {}), work)
        [(_, color, _)] = results(work)
    return color


def _opencv(method: int) -> Callable[[Picture, Picture], Picture]:
    def inpaint(picture: Picture, selection: Picture) -> Picture:
        return np.atleast_3d(cv2.inpaint(picture, selection, 3, method))

    return inpaint


METHODS: dict[str, Callable[[Picture, Picture], Picture]] = {
    "fill": fill,
    "Telea": _opencv(cv2.INPAINT_TELEA),
    "Navier-Stokes": _opencv(cv2.INPAINT_NS),
    "(untouched)": lambda picture, _: picture,
}


def measured(
    method: str, truth: Picture, selection: Picture, clock: Clock
) -> tuple[Score, Picture]:
    """A method's score for one hole, and its result."""
    damaged = truth.copy()
    if method != "(untouched)":
        damaged[selection > 0] = 0
    begun = clock()
    result = METHODS[method](damaged, selection)
    seconds = clock() - begun
    near = _around(selection)
    before, after, area = as_float(truth[near]), as_float(result[near]), selection[near] > 0
    return Score(
        psnr(before, after, area),
        ssim(before, after, area),
        sharpness_ratio(before, after, area),
        edge_ratio(after, area),
        ring_difference(after, area),
        seconds,
    ), result


def _around(selection: Picture) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(selection.any(axis=1)), np.flatnonzero(selection.any(axis=0))
    return (
        slice(max(rows[0] - MARGIN, 0), rows[-1] + MARGIN),
        slice(max(columns[0] - MARGIN, 0), columns[-1] + MARGIN),
    )


def table(
    names: list[str], sides: tuple[int, ...], pictures: Path | None, clock: Clock
) -> Iterator[str]:
    """The lines of the report, as they are measured."""
    yield f"Medians of {len(names)} photographs: {', '.join(names)}"
    yield "side  hole  method          PSNR   SSIM  sharpness  edge   ring dE   seconds (worst)"
    for side in sides:
        photographs = {name: photograph(name, side) for name in names}
        for share in SHARES:
            for method in METHODS:
                scores = []
                for seed, (name, truth) in enumerate(photographs.items()):
                    score, result = measured(method, truth, blob(side, share, seed), clock)
                    scores.append(score)
                    if pictures is not None:
                        path = pictures / f"{side}-{share:.0%}-{name}-{method}.png"
                        cv2.imwrite(str(path), result[..., ::-1])
                yield _line(side, share, method, scores)


def _line(side: int, share: float, method: str, scores: list[Score]) -> str:
    middle = [statistics.median(values) for values in zip(*map(astuple, scores), strict=True)]
    worst = max(score.seconds for score in scores)
    return (
        f"{side:4d}  {share:4.0%}  {method:13s} {middle[0]:6.1f} {middle[1]:6.3f} {middle[2]:9.2f} "
        f"{middle[3]:7.2f} {middle[4]:8.2f} {middle[5]:9.2f} ({worst:.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three photographs at 512 px only")
    parser.add_argument("--pictures", type=Path, help="also write the results to this folder")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what seconds are counted")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    names = list(PHOTOGRAPHS)[:3] if arguments.quick else list(PHOTOGRAPHS)
    sides, clock = SIDES[:1] if arguments.quick else SIDES, CLOCKS[arguments.clock]
    for line in table(names, sides, arguments.pictures, clock):
        print(line, flush=True)


if __name__ == "__main__":
    main()
