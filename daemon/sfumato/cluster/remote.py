"""An engine host on another computer, seen from the daemon: one life, from the actor to its end."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import sfumato
from sfumato.cluster.pixels import Pixels, inputs, outputs, read, write
from sfumato.cluster.worker import Told, Worker
from sfumato.engines.arena import Arena
from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Ending, Start, WorkReport
from sfumato.engines.pipe import Nonsense, decode_report, encode
from sfumato.engines.process import HostProcess, Life, OnExit, OnReport
from sfumato.engines.work import Work

log = logging.getLogger(__name__)

_GPU = {"diffusion": 0.8, "networks": 0.2}
"""Each GPU has room for one host of each of these, and Ray shall not put two of one kind there."""


def launch(spec: EngineSpec, heartbeat: float, on_report: OnReport, on_exit: OnExit) -> Life:
    """Begin a host's life where its spec says: on a node of the cluster, or here."""
    kind = RemoteProcess if spec.node else HostProcess
    return kind(spec, heartbeat, on_report, on_exit)


class RemoteProcess(Life):
    """A host kept by an actor."""

    actor_pid: int | None = None
    """The actor's process on its own computer, once it is known."""

    def __init__(
        self, spec: EngineSpec, heartbeat: float, on_report: OnReport, on_exit: OnExit
    ) -> None:
        super().__init__(f"{spec.name}-{spec.where}", on_report, on_exit)
        self._spec = spec
        self._heartbeat = heartbeat
        self._killed = threading.Event()
        self._works: dict[str, Work] = {}
        self._writing = threading.Lock()
        self._actor: Any = None
        self._thread(self._live)

    def kill(self) -> None:
        """End it now. From here on it writes no more pixels."""
        self._killed.set()
        self._thread(self._end)

    def _live(self) -> None:
        """Have an actor, and hear it until its host or itself is gone."""
        try:
            self._begin()
            reason = self._hear()
        except Nonsense as nonsense:
            reason = f"it sent {nonsense}"
        except (RayError, OSError, ValueError) as error:
            reason = f"its worker is gone ({_first_line(error)})"
        self._outbox.put(None)
        self._end()
        self._ended(reason)

    def _begin(self) -> None:
        gpu = 0.0 if self._spec.device == "cpu" else _GPU.get(self._spec.name, 0.0)
        self._actor = (
            ray.remote(Worker)
            .options(
                num_cpus=0,
                num_gpus=gpu,
                max_restarts=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(self._spec.node, soft=False),
            )
            .remote(self._spec, self._heartbeat)
        )
        if self._killed.is_set():
            raise OSError("it was ended before it began")
        version, self.actor_pid = ray.get(self._actor.start.remote())
        if version != sfumato.__version__:
            raise OSError(f"it runs Sfumato {version}, and this is {sfumato.__version__}")
        self._thread(self._write)

    def _hear(self) -> str:
        while True:
            told: list[Told] = ray.get(self._actor.told.remote())
            for each in told:
                if each.gone:
                    return each.gone
                self._pass_on(each)

    def _pass_on(self, told: Told) -> None:
        report = decode_report(told.frame)
        if isinstance(report, WorkReport) and report.work_id in self._works:
            work = self._works[report.work_id]
            self._store(work, report, told.pixels)
            if isinstance(report, Ending):
                del self._works[work.id]
        self._reported(report)

    def _store(self, work: Work, report: WorkReport, pixels: Pixels) -> None:
        if pixels:
            # What was dropped meanwhile has no arena.
            with suppress(FileNotFoundError), self._writing, Arena.open(work.arena) as arena:
                if not self._killed.is_set():
                    write(arena, outputs(work, report), pixels)

    def _write(self) -> None:
        try:
            while (command := self._outbox.get()) is not None:
                if isinstance(command, Start):
                    self._start(command.work)
                else:
                    self._actor.send.remote(encode(command))
        except RayError as error:
            # Its end is the other thread's to report.
            said = _first_line(error)
            log.warning("the %s host on %s: %s", self._spec.name, self._spec.where, said)
            self._end()

    def _start(self, work: Work) -> None:
        self._works[work.id] = work
        with suppress(FileNotFoundError), Arena.open(work.arena) as arena:
            pixels = read(arena, inputs(work))
            # Actors take up small calls before large ones: a cancel must not overtake its work.
            ray.get(self._actor.send.remote(encode(Start(work)), arena.size, pixels))

    def _end(self) -> None:
        if self._actor is not None:
            with suppress(RayError, ValueError):
                ray.kill(self._actor)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
