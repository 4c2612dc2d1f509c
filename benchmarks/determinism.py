"""How much company and precision change a result, in levels of 8 bit.

One edit is made alone twice, and once in a batch with others, in float32, bfloat16 and float16; a
column tells how far half precision is from float32. Tiny random models, whose results are noisier
than a real model's.

    python -m benchmarks.determinism
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.engines.work import Work
from sfumato.models.families import families
from tests.support.diffusion import SIDE, photograph
from tests.support.tiny_models import FAMILIES, tiny_model
from tests.support.works import results, work_of

FORMATS = ("float32", "bfloat16", "float16")
OTHERS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--families", nargs="+", default=sorted(FAMILIES), choices=sorted(FAMILIES))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print("largest / mean difference in levels of 8 bit")
    print("family            format    again        in company     from float32")
    with tempfile.TemporaryDirectory(prefix="sfumato-determinism-") as folder:
        for family in asked.families:
            exact = None
            for number_format in FORMATS:
                alone, again, company = pictures(family, number_format, asked.device, Path(folder))
                exact = alone if exact is None else exact
                columns = (told(again, alone), told(company, alone), told(alone, exact))
                print(f"{family:17} {number_format:9} {'  '.join(columns)}", flush=True)


def told(one: np.ndarray, other: np.ndarray) -> str:
    """The largest and the mean difference."""
    apart = np.abs(one - other)
    return f"{apart.max():4} / {apart.mean():5.2f}"


def pictures(family: str, number_format: str, device: str, folder: Path) -> list[np.ndarray]:
    """What an edit gives alone, alone once more, and in company."""
    options = {f"model:{family}": str(tiny_model(family)), "dtype": number_format}
    engine = DiffusionEngine(device, options)
    operation = Operation.INSTRUCT if families()[family].instructs else Operation.GENERATE
    asked = Parameters(operation=operation, model=family, prompt="a vase", seed=3, steps=8)
    made = []
    for others in (0, 0, OTHERS):
        name = f"{family}-{number_format}-{len(made)}"
        beside = [replace(asked, seed=seed, steps=5 + seed) for seed in range(others)]
        works = [
            work(folder / f"{name}-{number}", parameters)
            for number, parameters in enumerate([*beside, asked])
        ]
        serve(engine, works)
        [(_, colour, mask)] = results(works[-1])
        made.append(colour[mask > 0].astype(int))
    engine.close()
    return made


def work(path: Path, parameters: Parameters) -> Work:
    """An edit of the middle of a photograph."""
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[16:48, 16:48] = 255
    return replace(work_of(path, photograph(), selection, parameters), id=path.name)


def serve(engine: DiffusionEngine, works: list[Work]) -> None:
    """All of them, side by side."""
    for each in works:
        engine.start(each)
    ended = 0
    while engine.busy:
        ended += sum(isinstance(report, Finished) for report in engine.step())
    assert ended == len(works)


if __name__ == "__main__":
    main()
