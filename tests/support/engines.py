"""Engines made for tests: they count, and misbehave on request, in a real engine host.

The prompt of the work says what happens, as ``word:number``; see ``Puppet.start``.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import EngineSpec, Refused
from sfumato.engines.messages import (
    Finished,
    Notice,
    Preview,
    Progress,
    Timings,
    VariationDone,
    WorkReport,
)
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import RegionWork, Work
from sfumato_client.geometry import Bounds, Extent

SIDE = 8


class Puppet:
    """Takes ``steps`` steps, spread over its variations, each painted with its seed.

    A step holds the device for ``step_seconds`` without using the processor, as a GPU does, and
    uses it for ``busy_seconds``.
    """

    def __init__(self, device: str, options: Mapping[str, str]) -> None:
        time.sleep(float(options.get("start_seconds", "0")))
        if "broken" in options:
            raise RuntimeError(options["broken"])
        self._step_seconds = float(options.get("step_seconds", "0"))
        self._busy_seconds = float(options.get("busy_seconds", "0"))
        self._running: dict[str, Work] = {}
        self._held: dict[str, Work] = {}
        self._steps: dict[str, int] = {}

    @property
    def busy(self) -> bool:
        """Whether any work is here."""
        return bool(self._running)

    @property
    def loaded(self) -> Mapping[str, int]:
        """It needs none."""
        return {}

    def start(self, work: Work) -> None:
        """Take up work; the prompt ``refuse`` is refused."""
        if work.parameters.prompt == "refuse":
            raise Refused("NOT_LIKED", "This engine does not like the picture.")
        self._running[work.id] = work
        self._steps[work.id] = 0

    def step(self) -> Iterator[WorkReport]:
        """One step of every work."""
        time.sleep(self._step_seconds)
        compute(self._busy_seconds)
        for work in list(self._running.values()):
            step = self._steps[work.id] = self._steps[work.id] + 1
            steps = work.parameters.steps or 1
            yield Progress(work.id, step, steps, "counting")
            misbehave(work.parameters.prompt, step)
            if step == 1:
                yield Notice(work.id, "COUNTING", "This engine only counts.")
                yield Preview(work.id, b"\xff\xd8", work.regions[0].window)
            for variation in finished_by(work, step):
                paint(work, variation)
                yield VariationDone(work.id, variation, work.parameters.seed + variation)
            if step == steps:
                del self._running[work.id]
                yield Finished(work.id, work.parameters, Timings(engine=0.001 * steps))

    def hold(self, work_id: str) -> None:
        """Count no further."""
        self._held[work_id] = self._running.pop(work_id)

    def resume(self, work_id: str) -> None:
        """Count on."""
        self._running[work_id] = self._held.pop(work_id)

    def cancel(self, work_id: str) -> None:
        """Forget the work."""
        self._running.pop(work_id, None)
        self._held.pop(work_id, None)

    def close(self) -> None:
        """Forget all work."""
        self._running.clear()


def compute(seconds: float) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def finished_by(work: Work, step: int) -> list[int]:
    """The variations to be made that this step finishes."""
    count, steps = work.parameters.variations, work.parameters.steps or 1
    return [k for k in work.unfinished if step == -(-steps * (k + 1) // count)]


def misbehave(prompt: str, step: int) -> None:
    """Do what the prompt says, as ``word`` (at step 1) or ``word:step``."""
    word, _, when = prompt.partition(":")
    if step != int(when or 1):
        return
    match word:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "crash-once":
            # One process crashes: the first that can make the file named after the word.
            flag = Path(os.environ["PUPPET_FLAG"])
            try:
                flag.touch(exist_ok=False)
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            sys.stdout.flush()
            os._exit(3)
        case "raise":
            raise ValueError("the puppet's strings are tangled")
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "hold":  # In C, with the interpreter's lock.
            ctypes.PyDLL(None).sleep(600)
        case "sleep":  # In C, without it: heartbeats go on.
            time.sleep(600)
        case "wait":  # Until the file named after the word is there.
            while not Path(os.environ["PUPPET_FLAG"]).exists():
                time.sleep(0.005)
        case "garbage":
            write_to_pipe(b"\x00\x00\x00\x05hello")
            time.sleep(600)
        case "flood":
            write_to_pipe(b"\x7f" * 4096)
            time.sleep(600)
        case "foreign":
            # A well-formed frame whose pickle would call a function: os.getcwd().
            pickled = b"cos\ngetcwd\n(tR."
            write_to_pipe(len(pickled).to_bytes(4, "big") + pickled)
            time.sleep(600)


def write_to_pipe(data: bytes) -> None:
    """Write behind the worker's back to its pipe: the only connection of the process."""
    (connection,) = (thing for thing in gc.get_objects() if type(thing) is Connection)
    os.write(connection.fileno(), data)


def paint(work: Work, variation: int) -> None:
    with Arena.open(work.arena) as arena:
        for region in work.regions:
            arena.array(region.colors[variation])[:] += (work.parameters.seed + variation) % 256
            arena.array(region.result_mask)[:] = 255


def puppet(name: str = "puppet", **changes: object) -> EngineSpec:
    """The spec of a puppet; ``changes`` are fields of ``EngineSpec``."""
    spec = EngineSpec(name=name, factory="tests.support.engines:Puppet")
    return replace(spec, **changes)  # type: ignore[arg-type]


def small_layout(variations: int = 1) -> tuple[Layout, RegionWork]:
    """One region of ``SIDE`` x ``SIDE`` gray pixels, and the layout that has room for it."""
    layout = Layout()
    window = Bounds(0, 0, SIDE, SIDE)
    region = RegionWork(
        window=window,
        core=window,
        picture=layout.plane((SIDE, SIDE, 1), "uint8"),
        selection=layout.plane((SIDE, SIDE), "uint8"),
        mask=None,
        result_mask=layout.plane((SIDE, SIDE), "uint8"),
        colors=tuple(layout.plane((SIDE, SIDE, 1), "uint8") for _ in range(variations)),
    )
    return layout, region


def small_work(folder: Path, work_id: str, prompt: str = "", **parameters: object) -> Work:
    """Work for a puppet, with its arena made in ``folder``; other keywords are parameters."""
    wanted = Parameters(prompt=prompt, **{"steps": 3, **parameters})  # type: ignore[arg-type]
    layout, region = small_layout(wanted.variations)
    path = folder / f"{work_id}.arena"
    Arena.create(path, layout).close()
    return Work(work_id, str(path), Extent(SIDE, SIDE), (region,), wanted)
