"""Many editors, one model: stock diffusers behind a lock, stock in static batches, and Sfumato.

All three serve the same trace in the same process with the same network (random weights: speed
does not depend on them) and the same sampler. An editor sends its next edit when it has the last.

    python -m benchmarks.serving --device cpu --size tiny --pixels 64

``--clock process`` counts this process's own seconds on the CPU, for machines that are busy with
other things too.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import diffusers
import numpy as np
import torch
from PIL import Image
from skimage import data

from sfumato.engines.diffusion.adapters import adapted
from sfumato.engines.diffusion.devices import memory_budget
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.prepare import Preparation
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Operation, Parameters, Scheduler
from sfumato.models.description import Model
from sfumato.models.families import families
from sfumato_client.geometry import Extent
from tests.support import tiny_models
from tests.support.works import work_of

Clock = Callable[[], float]
EDITS_EACH = 3
SAMPLER = Scheduler.DPMPP_2M_KARRAS
PROMPTS = ("a red vase", "an old wooden boat in fog", "cat", "clouds over a mountain lake")
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "process": time.process_time}
# The denoisers, by size: channels of their blocks. `tiny` is the tests' own.
WIDTHS = {"tiny": (16, 32), "small": (64, 128), "sd15": (320, 640, 1280, 1280)}


@dataclass(frozen=True)
class Edit:
    """One edit of the trace."""

    number: int
    picture: np.ndarray
    mask: np.ndarray
    prompt: str
    steps: int
    strength: float
    guidance: float = 7.0

    @property
    def kind(self) -> tuple[int, float, float]:
        """Equal for edits that one stock call can serve together."""
        return self.steps, self.strength, self.guidance


@dataclass
class Meter:
    """How long the network was busy, and with how many rows."""

    clock: Clock
    seconds: float = 0.0
    calls: int = 0
    rows: int = 0

    def watch(self, network: torch.nn.Module) -> None:
        """Count from now on."""
        forward = network.forward

        def metered(sample: torch.Tensor, *rest: Any, **named: Any) -> Any:
            began = self.clock()
            result = forward(sample, *rest, **named)
            if sample.is_cuda:
                torch.cuda.synchronize()
            self.seconds += self.clock() - began
            self.calls += 1
            self.rows += len(sample)
            return result

        network.forward = metered  # type: ignore[method-assign]

    def reset(self) -> None:
        """Begin again at nothing."""
        self.seconds, self.calls, self.rows = 0.0, 0, 0


class Server(Protocol):
    """Takes edits, and does some work at every turn."""

    def submit(self, edit: Edit) -> None:
        """Queue an edit."""

    def turn(self) -> list[int]:
        """Work a little; the numbers of the edits that are now done."""


class StockServer:
    """The stock pipeline, first come first served; ``batches`` puts equal edits into one call."""

    def __init__(self, pipeline: Any, batches: bool) -> None:
        self._pipeline = pipeline
        self._most = 8 if batches else 1
        self._queue: list[Edit] = []
        self._scheduler_config = pipeline.scheduler.config

    def submit(self, edit: Edit) -> None:
        """Queue an edit."""
        self._queue.append(edit)

    def turn(self) -> list[int]:
        """Serve the first edit, and those that are equal to it."""
        if not self._queue:
            return []
        batch = [edit for edit in self._queue if edit.kind == self._queue[0].kind][: self._most]
        self._queue = [edit for edit in self._queue if edit not in batch]
        first, side = batch[0], batch[0].mask.shape[0]
        self._pipeline.scheduler = build_scheduler(SAMPLER, self._scheduler_config)
        self._pipeline(
            prompt=[edit.prompt for edit in batch],
            image=[Image.fromarray(edit.picture) for edit in batch],
            mask_image=[Image.fromarray(edit.mask) for edit in batch],
            generator=[torch.Generator("cpu").manual_seed(edit.number) for edit in batch],
            height=side,
            width=side,
            num_inference_steps=first.steps,
            strength=first.strength,
            guidance_scale=first.guidance,
            output_type="np",
        )
        return [edit.number for edit in batch]


class SfumatoServer:
    """The diffusion engine, from arena to arena."""

    def __init__(self, studio: Studio, device: str, folder: Path) -> None:
        self._engine = DiffusionEngine(device, {}, [studio])
        self._model = studio.model.name
        self._folder = folder

    def submit(self, edit: Edit) -> None:
        """Write the edit's arena and hand it to the engine."""
        parameters = Parameters(
            operation=Operation.GENERATE,
            model=self._model,
            prompt=edit.prompt,
            strength=edit.strength,
            steps=edit.steps,
            guidance=edit.guidance,
            seed=edit.number,
            scheduler=SAMPLER,
        )
        path = Path(tempfile.mkdtemp(dir=self._folder)) / "arena"
        work = work_of(path, edit.picture, edit.mask, parameters, mask=edit.mask, preview_side=0)
        self._engine.start(dataclasses.replace(work, id=str(edit.number)))

    def turn(self) -> list[int]:
        """One turn of the engine's crank."""
        reports = self._engine.step() if self._engine.busy else []
        return [int(report.work_id) for report in reports if isinstance(report, Finished)]


@dataclass
class Outcome:
    """What one server made of one trace."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    occupancy: float = 0.0
    busy: float = 0.0

    @property
    def rate(self) -> float:
        """Edits a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Latency in seconds that ``share`` of the edits stay below."""
        return float(np.quantile(self.latencies, share))


def serve(server: Server, editors: Sequence[Sequence[Edit]], meter: Meter) -> Outcome:
    """Serve every editor's edits; editors begin a little apart."""
    meter.reset()
    clock = meter.clock
    began = clock()
    waiting = {number: list(edits) for number, edits in enumerate(editors)}
    starts = {number: 0.02 * number for number in waiting}
    owners: dict[int, int] = {}
    sent: dict[int, float] = {}
    outcome = Outcome(0.0)
    while waiting or owners:
        now = clock() - began
        for owner in [n for n in waiting if n not in owners.values() and starts[n] <= now]:
            edit = waiting[owner].pop(0)
            if not waiting[owner]:
                del waiting[owner]
            owners[edit.number], sent[edit.number] = owner, clock()
            server.submit(edit)
        for number in server.turn():
            outcome.latencies.append(clock() - sent[number])
            del owners[number]
    outcome.seconds = clock() - began
    outcome.busy = meter.seconds / outcome.seconds
    outcome.occupancy = meter.rows / 2 / max(meter.calls, 1)
    return outcome


def trace(editors: int, pixels: int, seed: int = 7) -> list[list[Edit]]:
    """Edits of mixed lengths and strengths for each editor, selected as artists do."""
    chance = random.Random(seed)
    numbers = iter(range(10_000))
    return [
        [
            Edit(
                number=next(numbers),
                picture=picture(chance.randrange(3), pixels),
                mask=selection(chance, pixels),
                prompt=chance.choice(PROMPTS),
                steps=chance.choice((8, 12, 20, 30)),
                strength=chance.choice((1.0, 1.0, 0.8, 0.6)),
            )
            for _ in range(EDITS_EACH)
        ]
        for _ in range(editors)
    ]


def picture(which: int, pixels: int) -> np.ndarray:
    """One of three photographs."""
    photograph = (data.astronaut, data.coffee, data.chelsea)[which]()
    return cv2.resize(photograph, (pixels, pixels), interpolation=cv2.INTER_AREA)


def selection(chance: random.Random, pixels: int) -> np.ndarray:
    """An ellipse, a lasso or a brush stroke, feathered."""
    mask = np.zeros((pixels, pixels), np.uint8)

    def place(low: float, high: float) -> int:
        return int(chance.uniform(low, high) * pixels)

    kind = chance.choice(("ellipse", "lasso", "stroke"))
    if kind == "ellipse":
        centre, axes = (place(0.3, 0.7), place(0.3, 0.7)), (place(0.1, 0.3), place(0.1, 0.3))
        cv2.ellipse(mask, centre, axes, chance.uniform(0, 180), 0, 360, 255, -1)
    elif kind == "lasso":
        corners = [(place(0.1, 0.9), place(0.1, 0.9)) for _ in range(7)]
        cv2.fillPoly(mask, [cv2.convexHull(np.array(corners, np.int32))], 255)
    else:
        ends = (place(0.1, 0.4), place(0.1, 0.9)), (place(0.6, 0.9), place(0.1, 0.9))
        cv2.line(mask, *ends, 255, max(2, pixels // 16))
    return cv2.GaussianBlur(mask, (0, 0), pixels / 64)


def random_pipeline(size: str, device: torch.device) -> Any:
    """Stable Diffusion's inpainting pipeline with random weights, its denoiser of ``size``."""
    torch.manual_seed(0)
    pipeline = tiny_models.sd(9)
    if size != "tiny":
        widths = WIDTHS[size]
        attending = len(widths) - 1
        pipeline.unet = diffusers.UNet2DConditionModel(
            sample_size=64,
            in_channels=9,
            out_channels=4,
            block_out_channels=widths,
            layers_per_block=2 if size == "sd15" else 1,
            cross_attention_dim=tiny_models.WIDTH,
            attention_head_dim=8,
            norm_num_groups=16 if size == "small" else 32,
            down_block_types=("CrossAttnDownBlock2D",) * attending + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * attending,
        ).eval()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def studio_of(pipeline: Any, pixels: int) -> Studio:
    """The same pipeline as Sfumato's own loop uses it, at one working size."""
    family = families()["sd15-inpaint"]
    size = Extent(pixels, pixels)
    model = Model("bench", Path(), family, pixels, (size,))
    adapter = adapted(pipeline, family, pipeline.device, memory_budget(pipeline.device))
    return Studio(model, adapter, Preparation(model.name, adapter))


def newcomer(server: Server, pixels: int, clock: Clock) -> tuple[float, float, float]:
    """Seconds of a 4-step edit alone, of one that comes during a 50-step job, and of a step."""
    base = trace(1, pixels)[0][0]
    long = dataclasses.replace(base, number=900, steps=50, strength=1.0)
    short = dataclasses.replace(base, number=901, steps=4, strength=1.0)
    alone, among, step = [], [], []
    for _ in range(5):
        began = clock()
        until(server, [short], {901})
        alone.append(clock() - began)
        server.submit(long)
        for _ in range(10):
            began = clock()
            server.turn()
            step.append(clock() - began)
        began = clock()
        until(server, [short], {901})
        among.append(clock() - began)
        until(server, [], {900})
    return statistics.median(alone), statistics.median(among), statistics.median(step)


def until(server: Server, edits: Sequence[Edit], numbers: set[int]) -> None:
    """Submit edits and turn until all of ``numbers`` are done."""
    for edit in edits:
        server.submit(edit)
    while numbers:
        numbers = numbers - set(server.turn())


def rounds(
    servers: dict[str, Server], asked: argparse.Namespace, meter: Meter
) -> Iterator[tuple[int, dict[str, Outcome]]]:
    """For each number of editors the middle outcome of every server, measured in turns."""
    for editors in asked.editors:
        outcomes: dict[str, list[Outcome]] = {name: [] for name in servers}
        for _ in range(asked.repeats):
            for name, server in servers.items():
                outcomes[name].append(serve(server, trace(editors, asked.pixels), meter))
        yield (
            editors,
            {
                name: sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
                for name, runs in outcomes.items()
            },
        )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--size", default="tiny", choices=tuple(WIDTHS))
    parser.add_argument("--pixels", type=int, default=64)
    parser.add_argument("--editors", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", default="wall", choices=tuple(CLOCKS))
    asked = parser.parse_args()
    torch.set_grad_enabled(False)
    pipeline = random_pipeline(asked.size, torch.device(asked.device))
    meter = Meter(CLOCKS[asked.clock])
    meter.watch(pipeline.unet)
    studio = studio_of(pipeline, asked.pixels)
    with tempfile.TemporaryDirectory(prefix="sfumato-serving-") as folder:
        servers: dict[str, Server] = {
            "stock, one lock": StockServer(pipeline, batches=False),
            "stock, static batches": StockServer(pipeline, batches=True),
            "sfumato": SfumatoServer(studio, asked.device, Path(folder)),
        }
        for server in servers.values():  # warm up, and let the batcher see what steps cost
            serve(server, trace(max(asked.editors), asked.pixels, seed=1), meter)
        threads = f"{torch.get_num_threads()} thread(s)"
        print(f"{asked.size} at {asked.pixels} px on {asked.device}, {threads}")
        print("editors  server                  edits/s  ratio   p50 s   p95 s  occupancy  busy")
        for editors, outcomes in rounds(servers, asked, meter):
            base = next(iter(outcomes.values())).rate
            for name, outcome in outcomes.items():
                print(
                    f"{editors:7}  {name:22} {outcome.rate:8.2f}  x{outcome.rate / base:4.2f} "
                    f"{outcome.quantile(0.5):7.3f} {outcome.quantile(0.95):7.3f} "
                    f"{outcome.occupancy:9.2f}  {outcome.busy:4.0%}",
                    flush=True,
                )
        alone, among, step = newcomer(servers["sfumato"], asked.pixels, meter.clock)
        print(
            f"a 4-step edit: {alone * 1e3:.0f} ms alone, {among * 1e3:.0f} ms during a 50-step job "
            f"(x{(among - step) / alone:.2f} after the running step of {step * 1e3:.0f} ms)"
        )


if __name__ == "__main__":
    main()
