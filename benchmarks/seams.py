"""How seams are hidden, on photographs whose right answer is known.

    python -m benchmarks.seams [--pictures FOLDER]

What a generator makes is stood in for by the photograph itself with a known fault: a shift of
colour, the same everywhere or growing across the picture, more light, the blur of an autoencoder;
with and without bars that cross the border of the hole, as new content does. So the wanted picture
is known. Each way of laying the fill into the picture is measured on all of them in one run.

PSNR is to the wanted picture, before grain is added. Sharpness is the fine detail as a share of the
wanted picture's, after it. Edge and ring dE stand beside what the wanted picture itself has: below
that, something was smeared. Outside is the share of identical pixels outside the hole.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.photographs import Picture, photograph
from sfumato.imaging.compose import composed
from sfumato.imaging.depth import Colour, as_float
from sfumato.imaging.matching import matched
from sfumato.imaging.metrics import Area, edge_ratio, psnr, ring_difference, sharpness_ratio

SIDE = 384
NAMES = ("astronaut", "coffee", "chelsea", "rocket")
RING = 24
"""Pixels around the hole in which generated and known pixels are compared, as the engines do."""
FEATHER = 8
SHIFT = np.array([14, 4, -12]) / 255
SLOPE = np.linspace(-18, 18, SIDE)[None, :, None] / 255
BARS = 8
CEILING = 50.0
"""dB of PSNR above which all count as equal: errors well below a level of 255."""


def _blurred(colour: Colour) -> Colour:
    noise = np.random.default_rng(0).normal(0, 1 / 255, colour.shape)
    return np.asarray(cv2.GaussianBlur(colour, (0, 0), 0.8) + np.array([5, 2, -3]) / 255 + noise)


FAULTS: dict[str, Callable[[Colour], Colour]] = {
    "none": lambda colour: colour,
    "colour": lambda colour: colour + SHIFT,
    "gradient": lambda colour: colour + SLOPE,
    "light": lambda colour: colour * 1.08,
    "blur": _blurred,
}


class Case(NamedTuple):
    """A photograph, where it is to be replaced, with what, and what should come out."""

    picture: Picture
    area: Area
    generated: Picture
    wanted: Picture

    @property
    def ring(self) -> Area:
        """Where the generated picture shows what is known."""
        near = cv2.dilate(self.area.astype(np.uint8), np.ones((2 * RING + 1, 2 * RING + 1)))
        return (near > 0) & ~self.area


class Score(NamedTuple):
    """One result."""

    outside: float
    psnr: float
    edge: float
    ring: float
    sharpness: float


def ours(case: Case, grain: bool) -> Picture:
    """Colour and, if asked for, detail and grain matched over the ring."""
    picture, colour = as_float(case.picture), as_float(case.generated)
    colour = matched(colour, picture, case.area, case.ring, detail=grain)
    mask = np.where(case.area, np.uint8(255), np.uint8(0))
    return np.asarray(composed(case.picture, colour, mask, np.uint8), np.uint8)


def pasted(case: Case, grain: bool) -> Picture:
    """No correction."""
    return np.where(case.area[..., None], case.generated, case.picture)


def feathered(case: Case, grain: bool) -> Picture:
    """Faded in over some pixels inside the border."""
    depth = cv2.distanceTransform(case.area.astype(np.uint8), cv2.DIST_L2, 5) / FEATHER
    share = np.clip(depth, 0, 1)[..., None]
    mixed = share * case.generated + (1 - share) * case.picture
    return np.asarray(np.round(mixed), np.uint8)


def histogram_matched(case: Case, grain: bool) -> Picture:
    """Levels mapped so that those outside the hole are distributed as the picture's (IOPaint)."""
    planes = []
    for sample in range(case.picture.shape[2]):
        made, known = case.generated[..., sample], case.picture[..., sample]
        shares = [
            np.cumsum(np.bincount(plane[~case.area], minlength=256)) / (~case.area).sum()
            for plane in (made, known)
        ]
        levels = np.interp(shares[0], shares[1], np.arange(256))
        planes.append(np.round(levels).astype(np.uint8)[made])
    return pasted(case._replace(generated=np.stack(planes, axis=2)), grain)


def cloned(case: Case, grain: bool) -> Picture:
    """Poisson blending by OpenCV, its leaks outside the hole taken back."""
    rows, columns = np.flatnonzero(case.area.any(axis=1)), np.flatnonzero(case.area.any(axis=0))
    middle = int(columns[0] + columns[-1]) // 2, int(rows[0] + rows[-1]) // 2
    mask = np.where(case.area, np.uint8(255), np.uint8(0))
    result = cv2.seamlessClone(case.generated, case.picture, mask, middle, cv2.NORMAL_CLONE)
    return pasted(case._replace(generated=np.asarray(result, np.uint8)), grain)


METHODS: dict[str, Callable[[Case, bool], Picture]] = {
    "ours": ours,
    "no correction": pasted,
    "feathering": feathered,
    "histogram": histogram_matched,
    "seamlessClone": cloned,
    "(wanted)": lambda case, grain: case.wanted,
}


def areas() -> Iterator[Area]:
    """Three kinds of holes: round, a box, a long stroke."""
    planes = [np.zeros((SIDE, SIDE), np.uint8) for _ in range(3)]
    cv2.ellipse(planes[0], (170, 195), (90, 60), 20, 0, 360, 1, -1)
    cv2.rectangle(planes[1], (45, 45), (180, 150), 1, -1)
    points = np.random.default_rng(3).integers(60, 320, (5, 2)).astype(np.int32)
    cv2.polylines(planes[2], [points], False, 1, 24)
    for plane in planes:
        yield plane > 0


def cases(fault: str, crossed: bool) -> Iterator[Case]:
    """All photographs with all holes."""
    for name in NAMES:
        picture = photograph(name, SIDE)
        content = with_bars(picture) if crossed else picture
        made = np.clip(FAULTS[fault](as_float(content)), 0, 1)
        generated = np.asarray(np.round(made * 255), np.uint8)
        for area in areas():
            wanted = np.where(area[..., None], content, picture)
            yield Case(picture, area, generated, wanted)


def with_bars(picture: Picture) -> Picture:
    """Thick lines of any colour across the picture."""
    rng = np.random.default_rng(1)
    result = picture.copy()
    for _ in range(BARS):
        ends = rng.integers(0, SIDE, (2, 2)).tolist()
        cv2.line(result, ends[0], ends[1], rng.integers(0, 255, 3).tolist(), 16)
    return result


def scored(case: Case, before: Picture, after: Picture) -> Score:
    """``before`` is the result without grain."""
    wanted, result = as_float(case.wanted), as_float(after)
    outside = (after == case.picture).all(axis=2)[~case.area].mean()
    return Score(
        float(outside),
        min(psnr(wanted, as_float(before), case.area), CEILING),
        edge_ratio(result, case.area),
        ring_difference(result, case.area),
        sharpness_ratio(wanted, result, case.area),
    )


def table(pictures: Path | None) -> Iterator[str]:
    """The lines of the report, as they are measured."""
    yield f"Means over {len(NAMES)} photographs ({', '.join(NAMES)}) with three holes each"
    yield "fault     bars  method         outside   PSNR   edge  ring dE  sharpness"
    for fault in FAULTS:
        for crossed in (False, True):
            scores: dict[str, list[Score]] = {}
            for number, case in enumerate(cases(fault, crossed)):
                for method, blend in METHODS.items():
                    after = blend(case, True)
                    score = scored(case, blend(case, False), after)
                    scores.setdefault(method, []).append(score)
                    if pictures is not None:
                        path = pictures / f"{fault}-{'bars-' * crossed}{number}-{method}.png"
                        cv2.imwrite(str(path), after[..., ::-1])
            means = {name: Score(*np.mean(each, axis=0)) for name, each in scores.items()}
            for method, mean in means.items():
                yield (
                    f"{fault:9s} {'yes' if crossed else 'no':5s} {method:14s} "
                    f"{mean.outside:7.2%} {mean.psnr:6.1f} {mean.edge:6.2f} {mean.ring:8.2f} "
                    f"{mean.sharpness:10.2f}"
                )
            wanted = means.pop("(wanted)")
            losses = {method: _losses(mean, wanted) for method, mean in means.items()}
            behind = max(np.array(losses["ours"]) - np.min(list(losses.values()), axis=0))
            yield f"ours is behind the best of each column by at most {behind:.1%}"


def _losses(score: Score, wanted: Score) -> tuple[float, float, float, float]:
    """How far PSNR, edge, ring dE and sharpness are from the wanted picture's, as shares of it."""
    return (
        1 - score.psnr / wanted.psnr,
        abs(score.edge / wanted.edge - 1),
        abs(score.ring / wanted.ring - 1),
        abs(score.sharpness - 1),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="also write the results to this folder")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    for line in table(arguments.pictures):
        print(line, flush=True)


if __name__ == "__main__":
    main()
