"""Play one trace of edits to three servers, and print what came of it.

The servers are stock diffusers behind a lock, stock diffusers with static batches of equal
requests, and Sfumato; all use one set of weights in one process, and the same sampler. An editor
sends its next edit when it has the last.

    python -m benchmarks.serving --device cpu --size tiny --pixels 64

``--clock process`` counts this process's own seconds on the CPU, for machines that are busy with
other things too. MFU is the share of a large matrix product's speed that the denoiser reaches.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch

from benchmarks.serving.meter import CLOCKS, Meter, matmul_speed, rows_of_network
from benchmarks.serving.models import SIZES, family_of, random_pipeline, studio_of
from benchmarks.serving.play import Outcome, newcomer, rounds, serve, until
from benchmarks.serving.servers import Server, SfumatoServer, StockServer
from benchmarks.serving.trace import trace
from sfumato.models.loading import default_dtype


def main() -> None:
    """Measure and print a table."""
    asked = parsed()
    torch.set_grad_enabled(False)
    device = torch.device(asked.device)
    dtype = getattr(torch, asked.dtype) if asked.dtype else default_dtype(device)
    family = family_of(asked.size)
    pipeline = random_pipeline(asked.size, device, dtype)
    studio = studio_of(pipeline, asked.size, asked.pixels)
    studio.adapter.tune(asked.compile)
    network = studio.adapter.network
    meter = Meter(CLOCKS[asked.clock], device)
    meter.watch(network, "forward", rows_of_network)
    meter.watch(studio.adapter, "predict", lambda rows: len(rows.latents))
    with tempfile.TemporaryDirectory(prefix="sfumato-serving-") as folder:
        servers: dict[str, Server] = {
            "stock, one lock": StockServer(pipeline, family, batches=False),
            "stock, static batches": StockServer(pipeline, family, batches=True),
            "sfumato": SfumatoServer(studio, Path(folder), meter.clock),
        }
        if not asked.static:
            del servers["stock, static batches"]
        ours = servers["sfumato"]
        edit = trace(1, asked.pixels)[0][0]
        stock = servers["stock, one lock"]
        flops = meter.flops_of_row(network, lambda: until(stock, [edit], {edit.number}))
        peak = matmul_speed(device, dtype, meter.clock)
        for server in servers.values():  # warm up, and let the batcher see what steps cost
            editors = max(asked.editors) if server is ours else 1
            serve(server, trace(editors, asked.pixels, seed=1), meter)
        how = "compiled" if asked.compile else "eager"
        print(f"{asked.size} at {asked.pixels} px on {device}, {dtype}, {how}, ", end="")
        print(f"{torch.get_num_threads()} thread(s)")
        print(f"{flops / 1e9:.2f} GFLOP a row; a matrix product reaches {peak / 1e9:.0f} GFLOP/s")
        print(
            "editors  server                  edits/s  ratio   p50 s   p95 s  occupancy  busy  MFU"
        )
        for editors, outcomes in rounds(servers, asked, meter, 1 if family.distilled else 2):
            report(editors, outcomes, flops / peak)
        alone, among, step = newcomer(ours, asked.pixels, meter.clock)
    print(
        f"a 4-step edit: {alone * 1e3:.0f} ms alone, {among * 1e3:.0f} ms during a 50-step job "
        f"(x{(among - step) / alone:.2f} after the running step of {step * 1e3:.0f} ms)"
    )


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--dtype", default="", choices=("", "float32", "bfloat16", "float16"))
    parser.add_argument("--size", default="tiny", choices=tuple(SIZES))
    parser.add_argument("--pixels", type=int, default=64)
    parser.add_argument("--editors", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", default="wall", choices=tuple(CLOCKS))
    parser.add_argument("--compile", action="store_true", help="compile the repeated blocks")
    parser.add_argument("--static", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def report(editors: int, outcomes: dict[str, Outcome], row: float) -> None:
    """One row of the table for each server; a row of a pass takes ``row`` seconds at best."""
    base = next(iter(outcomes.values())).rate
    for name, outcome in outcomes.items():
        print(
            f"{editors:7}  {name:22} {outcome.rate:8.2f}  x{outcome.rate / base:4.2f} "
            f"{outcome.quantile(0.5):7.3f} {outcome.quantile(0.95):7.3f} "
            f"{outcome.occupancy:9.2f}  {outcome.busy:4.0%} {outcome.rows * row:4.0%}",
            flush=True,
        )
        if outcome.told:
            print(f"         {outcome.told}", flush=True)


if __name__ == "__main__":
    main()
