"""A small selection on a large canvas, end to end: Sfumato against stock diffusers.

A 300 px selection on 4096 x 4096 pixels, from the canvas in memory to the canvas with the result in
it. Stock diffusers gets the same working size, once with ``padding_mask_crop``, which cuts a window
out as Sfumato does, and once for the whole canvas, at the largest size that was asked for: what
that would take at 4096 px grows at least with the area.

    python -m benchmarks.canvas --pixels 512 --whole 1024
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from skimage import data

from benchmarks.serving.meter import CLOCKS, Clock
from benchmarks.serving.models import SIZES, family_of, random_pipeline, studio_of
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.imaging.compose import laid
from sfumato_client.geometry import Bounds
from tests.support.works import Piece, results, slices, work_of

CANVAS = 4096
SELECTED = 300
CONTEXT = 106
"""Pixels around the selection that both sides look at: the window is then 512."""


@dataclass(frozen=True)
class Task:
    """The canvas, its selection, and how it is painted."""

    canvas: np.ndarray
    mask: np.ndarray
    steps: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="tiny", choices=tuple(SIZES))
    parser.add_argument("--pixels", type=int, default=512, help="working size")
    parser.add_argument("--whole", type=int, default=1024, help="size of the whole canvas to stock")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", default="wall", choices=tuple(CLOCKS))
    asked = parser.parse_args()
    torch.set_grad_enabled(False)
    clock = CLOCKS[asked.clock]
    dtype = torch.float32 if asked.device == "cpu" else torch.bfloat16
    pipeline = random_pipeline(asked.size, torch.device(asked.device), dtype)
    task = task_of(asked.steps)
    stock = Stock(pipeline, asked.size)
    ours = Ours(pipeline, asked.size, asked.pixels)
    cropped = lambda: stock.paint(task, asked.pixels, CONTEXT)  # noqa: E731
    seconds = interleaved([lambda: ours.paint(task), cropped], asked.repeats, clock)
    whole = timed(lambda: stock.paint(task, asked.whole, None), clock)
    base = seconds[1]
    print(f"{asked.size} at {asked.pixels} px, {asked.steps} steps, {CANVAS} px canvas")
    print(f"sfumato                         {seconds[0]:7.2f} s  x{base / seconds[0]:.2f}")
    print(f"stock, padding_mask_crop        {base:7.2f} s  x1.00")
    print(f"stock, whole canvas at {asked.whole:4} px  {whole:7.2f} s  x{base / whole:.2f}")


def task_of(steps: int) -> Task:
    """A photograph on a large canvas, with an ellipse selected."""
    canvas = cv2.resize(data.astronaut(), (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((CANVAS, CANVAS), np.uint8)
    middle, radius = CANVAS // 2, SELECTED // 2
    cv2.ellipse(mask, (middle, middle), (radius, radius * 2 // 3), 0, 0, 360, 255, -1)
    return Task(canvas, mask, steps)


class Stock:
    """The stock inpainting pipeline."""

    def __init__(self, pipeline: Any, size: str) -> None:
        self._pipeline = pipeline
        self._sampler = family_of(size).scheduler
        self._config = pipeline.scheduler.config

    def paint(self, task: Task, size: int, crop: int | None) -> np.ndarray:
        """The canvas with the result in it; ``crop`` is ``padding_mask_crop``."""
        self._pipeline.scheduler = build_scheduler(self._sampler, self._config)
        image, mask = Image.fromarray(task.canvas), Image.fromarray(task.mask)
        if crop is None:
            image, mask = image.resize((size, size)), mask.resize((size, size))
        painted = self._pipeline(
            prompt="a red vase",
            image=image,
            mask_image=mask,
            height=size,
            width=size,
            padding_mask_crop=crop,
            num_inference_steps=task.steps,
            strength=1.0,
            guidance_scale=7.0,
            generator=torch.Generator("cpu").manual_seed(1),
        ).images[0]
        return np.asarray(painted.resize((CANVAS, CANVAS)))


class Ours:
    """Sfumato's engine, from arena to arena, and the result laid on the canvas."""

    def __init__(self, pipeline: Any, size: str, pixels: int) -> None:
        self._engine = DiffusionEngine(
            str(pipeline.device), {}, [studio_of(pipeline, size, pixels)]
        )
        self._folder = tempfile.TemporaryDirectory(prefix="sfumato-canvas-")
        self._count = 0

    def paint(self, task: Task) -> np.ndarray:
        """The canvas with the result in it."""
        self._count += 1
        box = cv2.boundingRect(task.mask)
        side = SELECTED + 2 * CONTEXT
        left, top = box[0] + box[2] // 2 - side // 2, box[1] + box[3] // 2 - side // 2
        window = Bounds(left, top, side, side)
        parameters = Parameters(
            operation=Operation.GENERATE,
            model="bench",
            prompt="a red vase",
            seed=1,
            steps=task.steps,
            strength=1.0,
            guidance=7.0,
        )
        work = work_of(
            Path(self._folder.name) / str(self._count),
            task.canvas,
            task.mask,
            parameters,
            [Piece(window)],
            preview_side=0,
        )
        self._engine.start(replace(work, id=str(self._count)))
        ended = []
        while self._engine.busy:
            ended += [r for r in self._engine.step() if isinstance(r, Finished)]
        assert ended
        [(_, colour, mask)] = results(work)
        canvas = task.canvas.copy()
        inside = slices(window)
        canvas[inside] = laid(canvas[inside], colour, mask)
        return canvas


def timed(paint: Callable[[], np.ndarray], clock: Clock) -> float:
    """Seconds of one run."""
    began = clock()
    paint()
    return clock() - began


def interleaved(paints: list[Callable[[], np.ndarray]], repeats: int, clock: Clock) -> list[float]:
    """The middle of several runs of each, in turns, after one to warm up."""
    for paint in paints:
        paint()
    runs = [[timed(paint, clock) for paint in paints] for _ in range(repeats)]
    return [statistics.median(times) for times in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()
