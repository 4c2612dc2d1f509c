"""How much a model that is loaded slows the steps of running jobs down.

One job takes steps of one model while another, larger one is loaded over and over. The time from
the end of a step to the end of the next is what an artist waits for; it is compared with the same
while nothing is loaded, with loading that gives way to steps (as in the engine), and with a plain
thread.

    python -m benchmarks.loading --pixels 128
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch

from benchmarks.serving.models import random_pipeline, studio_of
from benchmarks.serving.trace import picture, selection
from sfumato.engines.devices import synchronize
from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.loader import Loader
from sfumato.engines.diffusion.prepare import Masking, Picture, Sampling
from sfumato.engines.diffusion.request import Request
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import describe
from sfumato.models.loading import default_dtype
from tests.support.diffusion import as_amount, as_pixels

CPU = torch.device("cpu")
Giving = Callable[[], AbstractContextManager[None]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="tiny", help="of the model that runs")
    parser.add_argument("--loaded", default="sd15", help="size of the one that is loaded")
    parser.add_argument("--pixels", type=int, default=64)
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device(asked.device)
    pipeline = random_pipeline(asked.size, device, default_dtype(device))
    studio = studio_of(pipeline, asked.size, asked.pixels)
    with tempfile.TemporaryDirectory(prefix="sfumato-loading-") as folder:
        # In half precision, as published models are.
        random_pipeline(asked.loaded, CPU, torch.bfloat16).save_pretrained(folder)
        model = describe("loaded", Path(folder))

        def load() -> object:
            return load_adapter(model, device, torch.bfloat16)

        began = time.perf_counter()
        load()
        print(f"alone the {asked.loaded} model is loaded in {time.perf_counter() - began:.1f} s")
        alone = intervals(studio, asked.pixels, seconds=5.0)
        tell("nothing is loaded", alone, alone)
        for name, gives_way in (("loading gives way", True), ("a plain thread", False)):
            waits: list[float] = []
            began = time.perf_counter()
            for _ in range(asked.loads):
                waits += beside(studio, asked.pixels, load, gives_way)
            spent = (time.perf_counter() - began) / asked.loads
            tell(f"{name}, {spent:.1f} s each", waits, alone)


def job(studio: Studio, pixels: int) -> Request:
    """A fresh request for 50 steps."""
    asked = Picture(
        as_pixels(picture(0, pixels)),
        as_amount(selection(random.Random(1), pixels)),
        Masking.BLEND,
    )
    sampling = Sampling(studio.model.family.scheduler, 50, 1.0, 7.0, 1)
    return studio.preparation.request(asked, "a red vase", "", sampling)


def intervals(studio: Studio, pixels: int, seconds: float) -> list[float]:
    """Seconds from step to step while nothing else is done."""
    until = time.perf_counter() + seconds
    return steps(studio, pixels, lambda: time.perf_counter() > until, nullcontext)


def beside(studio: Studio, pixels: int, load: Callable[[], object], gives_way: bool) -> list[float]:
    """Seconds from step to step until the model is loaded."""
    loader: Loader[object] = Loader()
    loader.begin(load)
    giving = loader.standing_still if gives_way else nullcontext
    waits = steps(studio, pixels, lambda: loader.ready, giving)
    loader.take()
    return waits


def steps(studio: Studio, pixels: int, done: Callable[[], bool], giving: Giving) -> list[float]:
    """Take steps until ``done``; seconds from the end of one to the end of the next."""
    request, ends = job(studio, pixels), [time.perf_counter()]
    while not done():
        if not request.remaining:
            request = job(studio, pixels)
            ends[-1] = time.perf_counter()
        with giving():
            denoise(studio.adapter, [request])
            synchronize(studio.adapter.device)
        ends.append(time.perf_counter())
    return np.diff(ends).tolist()


def tell(name: str, waits: list[float], alone: list[float]) -> None:
    """One row of the table."""
    p50, p95 = np.quantile(waits, [0.5, 0.95])
    ratio = p95 / np.quantile(alone, 0.95)
    print(
        f"{name:32} {len(waits):5} steps, p50 {p50 * 1e3:6.1f} ms, p95 {p95 * 1e3:6.1f} ms "
        f"(x{ratio:.2f}), longest {max(waits) * 1e3:6.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
