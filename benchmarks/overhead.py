"""What the daemon costs: a 1200x800 edit from call to last byte, beside the engine alone.

The same edit is done by the engine in this process, in turn with the daemon. The daemon says how
long its engine worked, so that what is left is the way there and back, and it is told in parts.
What the daemon's own process computes for an edit tells how many of them one gateway can carry.

    python -m benchmarks.overhead --edits 15
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.keeper import Keeper
from sfumato.engines.base import Engine
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Ending
from sfumato.engines.parameters import Operation as EngineOperation
from sfumato.engines.parameters import Parameters as EngineParameters
from sfumato_client import (
    Accepted,
    Bounds,
    Done,
    Edit,
    Extent,
    Operation,
    Parameters,
    Raster,
    Region,
    Result,
    Samples,
    Session,
)
from tests.support.tiny_models import tiny_model
from tests.support.works import work_of

WIDTH, HEIGHT, HOLE = 1200, 800, 60
STEPS = 4
PARTS = ("transfer up", "spool", "queue", "engine", "compose", "host and transfer down")


def picture_and_selection() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A textured picture and a square in its middle."""
    chance = np.random.default_rng(1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.stack([(x * (k + 1) + y * 2) % 251 for k in range(3)], axis=-1) // 2
    picture = (waves + chance.integers(0, 60, waves.shape)).astype(np.uint8)
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[370 : 370 + HOLE, 570 : 570 + HOLE] = 255
    return picture, selection


def edit_of(model: str) -> Edit:
    """The edit as a client sends it."""
    picture, selection = picture_and_selection()
    extent = Extent(WIDTH, HEIGHT)
    tiny = model == "tiny"
    parameters = Parameters(
        operation=Operation.OPERATION_GENERATE if tiny else Operation.OPERATION_REMOVE,
        model=model,
        prompt="a red vase" if tiny else "",
        steps=STEPS if tiny else None,
        seed=1,
        grow=2,
        feather=8,
        variations=1,
    )
    raster = Raster(extent, Samples.RGB, 8, picture.tobytes())
    return Edit(extent, parameters, (Region(Bounds.of(extent), raster, selection.tobytes()),))


def in_process(engine: Engine, model: str, folder: Path) -> float:
    """Seconds that the engine takes without a daemon."""
    picture, selection = picture_and_selection()
    tiny = model == "tiny"
    parameters = EngineParameters(
        operation=EngineOperation.GENERATE if tiny else EngineOperation.REMOVE,
        model=model,
        prompt="a red vase" if tiny else "",
        steps=STEPS if tiny else None,
        seed=1,
        grow=2,
        feather=8,
    )
    work = work_of(folder / "one.arena", picture, selection, parameters)
    began = time.perf_counter()
    engine.start(work)
    while not any(isinstance(report, Ending) for report in engine.step()):
        pass
    seconds = time.perf_counter() - began
    Path(work.arena).unlink()
    return seconds


async def through_daemon(session: Session, edit: Edit) -> dict[str, float]:
    """Seconds by part, and ``total``."""
    began = time.perf_counter()
    job = await session.inpaint(edit)
    accepted = time.perf_counter() - began
    received = 0
    async for event in job:
        received += isinstance(event, Result)
        if isinstance(event, Accepted):
            accepted = min(accepted, time.perf_counter() - began)
    total = time.perf_counter() - began
    assert isinstance(event, Done) and received
    spent = defaultdict(float, event.timings)
    work = spent["load"] + spent["engine"]
    return {
        "total": total,
        "transfer up": spent["receive"],
        "spool": accepted - spent["receive"],
        "queue": spent["queue"],
        "engine": work,
        "compose": spent["compose"],
        "host and transfer down": total - accepted - spent["queue"] - work - spent["compose"],
    }


async def measure(keeper: Keeper, engine: Engine, model: str, folder: Path, edits: int) -> None:
    """Both ways in turn, and a line for each figure."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    edit = edit_of(model)
    async with Session(keeper.endpoint, "overhead") as session:
        await through_daemon(session, edit)
        in_process(engine, model, folder)
        for _ in range(edits):
            before = computed(keeper)
            for part, spent in (await through_daemon(session, edit)).items():
                seconds[part].append(spent)
            seconds["daemon"].append(computed(keeper) - before)
            seconds["in process"].append(in_process(engine, model, folder))
    report(model, seconds)


def computed(keeper: Keeper) -> float:
    """Processor seconds of the daemon's own process up to now."""
    times = keeper.family[0].cpu_times()
    return float(times.user + times.system)


def report(model: str, seconds: Mapping[str, list[float]]) -> None:
    """Medians in milliseconds."""
    ms = {part: 1000 * statistics.median(values) for part, values in seconds.items()}
    own = [
        1000 * (total - engine - compose)
        for total, engine, compose in zip(
            seconds["total"], seconds["engine"], seconds["compose"], strict=True
        )
    ]
    print(
        f"{model}: {ms['total']:.0f} ms through the daemon, {ms['in process']:.0f} ms in process; "
        f"everything but the engine {statistics.median(own):.0f} ms"
    )
    print("  " + ", ".join(f"{part} {ms[part]:.1f}" for part in PARTS))
    mean = statistics.mean(seconds["daemon"])
    print(f"  the daemon computes {1000 * mean:.0f} ms an edit: {1 / mean:.0f} a second a core")


def main() -> None:
    """Measure ``fill`` and a tiny diffusion model."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--edits", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tiny = str(tiny_model("sd15"))
        engines: dict[str, Engine] = {
            "fill": FillEngine("cpu", {}),
            "tiny": DiffusionEngine("cpu", {"model:tiny": tiny, "memory": "0"}),
        }
        with Keeper(folder / "state", "--model", f"tiny={tiny}", "--device", "cpu") as keeper:
            for model, engine in engines.items():
                asyncio.run(measure(keeper, engine, model, folder, options.edits))


if __name__ == "__main__":
    main()
