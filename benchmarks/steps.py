"""How long a device takes for each part of an edit, by family, size and batch.

    python -m benchmarks.steps --device cuda --sizes sd15:512 sdxl:1024 --out steps.toml

Tables of devices that were at hand: `benchmarks/data/steps-*.toml`.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.serving.meter import Meter, matmul_speed, rows_of_network
from benchmarks.serving.models import random_pipeline, studio_of
from benchmarks.serving.trace import PROMPTS, picture
from sfumato.engines.devices import release, synchronize
from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.prepare import Masking, Picture, Sampling
from sfumato.engines.diffusion.request import Request
from sfumato.engines.diffusion.studio import Studio
from sfumato.models.description import describe
from sfumato.models.loading import default_dtype

STEPS = 200
"""Long enough that no request ends while it is measured."""


def main() -> None:
    """Measure, print, and write a table if wanted."""
    asked = parsed()
    torch.set_grad_enabled(False)
    device = torch.device(asked.device)
    dtype = default_dtype(device)
    peak = matmul_speed(device, dtype, time.perf_counter)
    lines = [*about(device, dtype), f"matrix_product_tflops = {peak / 1e12:.1f}", ""]
    print("\n".join(lines), flush=True)
    for text in asked.sizes:
        size, _, pixels = text.partition(":")
        table = measured(asked, size, int(pixels), device, peak)
        print("\n".join(table), flush=True)
        lines += table
        release(device)
    if asked.out:
        asked.out.write_text("\n".join(lines))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--sizes", nargs="+", default=["tiny:64"], help="SIZE:PIXELS")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--compile", action="store_true", help="compile the repeated blocks")
    parser.add_argument("--load", action="store_true", help="save the model, and load it again")
    parser.add_argument("--out", type=Path, help="a TOML file for the table")
    return parser.parse_args()


def about(device: torch.device, dtype: torch.dtype) -> list[str]:
    """What this was measured on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return [
        f'device = "{name}"',
        f'torch = "{torch.__version__}"',
        f'dtype = "{str(dtype).removeprefix("torch.")}"',
    ]


def measured(
    asked: argparse.Namespace, size: str, pixels: int, device: torch.device, peak: float
) -> list[str]:
    """One table: seconds of every part of an edit of one size."""
    dtype = default_dtype(device)
    pipeline = random_pipeline(size, device, dtype)
    studio = studio_of(pipeline, size, pixels)
    autoencoder = studio.adapter.autoencoder
    studio.adapter.tune(asked.compile)
    weights = allocated(device)
    lines = [f"[{size}{'-compiled' if asked.compile else ''}]", f"pixels = {pixels}"]
    requests = [request(studio, pixels, number) for number in range(max(asked.batches))]
    flops = step_flops(studio, requests[0])
    pixels_in = pixels_of(pixels, 0).pixels
    latents = requests[0].latents

    def timed(doing: Callable[[], object]) -> float:
        return seconds(doing, asked.repeats, device)

    lines += [
        f"text = {timed(lambda: studio.adapter.encode(PROMPTS[0])):.4f}",
        f"encode = {timed(lambda: autoencoder.posterior(pixels_in)):.4f}",
        f"decode = {timed(lambda: autoencoder.decode(latents)):.4f}",
    ]
    steps, used, memory = [], [], []
    for batch in asked.batches:
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        step = timed(lambda batch=batch: denoise(studio.adapter, requests[:batch]))
        steps.append(f"{batch} = {step:.4f}")
        used.append(f"{batch} = {batch * flops / step / peak:.2f}")
        memory.append(f"{batch} = {(peak_of(device) - weights) / 1e9:.2f}")
    lines += [
        f"tflop = {flops / 1e12:.2f}",
        f"step = {{ {', '.join(steps)} }}",
        f"mfu = {{ {', '.join(used)} }}",
    ]
    if device.type == "cuda":
        lines += [f"weights_gb = {weights / 1e9:.2f}", f"beside_gb = {{ {', '.join(memory)} }}"]
    if asked.load:
        lines.append(f"load = {load_seconds(pipeline, studio, device, dtype):.1f}")
    return [*lines, ""]


def pixels_of(pixels: int, number: int) -> Picture:
    """A photograph with a square to be changed."""
    colour = torch.from_numpy(picture(number % 3, pixels)).permute(2, 0, 1)[None] / 127.5 - 1
    amount = torch.zeros(1, 1, pixels, pixels)
    amount[..., pixels // 4 : -pixels // 4, pixels // 4 : -pixels // 4] = 1
    return Picture(colour.contiguous(), amount, Masking.BLEND)


def request(studio: Studio, pixels: int, number: int) -> Request:
    """A long request; no two stand at the same step."""
    family = studio.model.family
    guidance = family.guidance_scale if family.distilled else 7.0
    sampling = Sampling(family.scheduler, STEPS, 1.0, guidance, seed=number)
    made = studio.preparation.request(
        pixels_of(pixels, number), PROMPTS[number % len(PROMPTS)], "", sampling
    )
    for _ in range(number % 2):
        denoise(studio.adapter, [made])
    return made


def step_flops(studio: Studio, one: Request) -> float:
    """Floating-point operations of one request's step."""
    meter = Meter(time.perf_counter, studio.adapter.device)
    network = studio.adapter.network
    meter.watch(network, "forward", rows_of_network)
    try:
        each = meter.flops_of_row(network, lambda: denoise(studio.adapter, [one]))
    finally:
        del network.forward
    return each * len(one.prompts)


def seconds(doing: Callable[[], object], repeats: int, device: torch.device) -> float:
    """The median of some runs, after two that warm up."""
    runs: list[float] = []
    for _ in range(repeats + 2):
        synchronize(device)
        began = time.perf_counter()
        doing()
        synchronize(device)
        runs.append(time.perf_counter() - began)
    return statistics.median(runs[2:])


def load_seconds(
    pipeline: object, studio: Studio, device: torch.device, dtype: torch.dtype
) -> float:
    """How long the saved model takes to load; its files are still in the computer's memory."""
    with tempfile.TemporaryDirectory(prefix="sfumato-steps-") as folder:
        pipeline.save_pretrained(folder, safe_serialization=True)  # type: ignore[attr-defined]
        model = describe("bench", Path(folder))
        began = time.perf_counter()
        loaded = Studio.open(model, device, dtype)
        synchronize(device)
        taken = time.perf_counter() - began
        del loaded
    return taken


def allocated(device: torch.device) -> int:
    """Bytes of a GPU that tensors take; 0 for the CPU."""
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else 0


def peak_of(device: torch.device) -> int:
    """The most bytes of a GPU that tensors took since the last reset; 0 for the CPU."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0


if __name__ == "__main__":
    main()
