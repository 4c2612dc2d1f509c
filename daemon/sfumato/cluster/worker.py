"""A worker: an actor on another computer that keeps one engine host and its pixels there.

The engine runs in a process of its own, as it does beside the daemon: so it is watched, killed and
cancelled in the same way, and gives its memory back when it ends. The actor passes on what both
sides say. When it dies, its host's pipe ends and the host with it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil

import sfumato
from sfumato.cluster.pixels import Pixels, inputs, outputs, read, write
from sfumato.engines.arena import Arena, Layout
from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import Ending, Report, Start, WorkReport
from sfumato.engines.pipe import decode_command, encode
from sfumato.engines.process import HostProcess, Life
from sfumato.engines.work import Work

_FOLDER = "sfumato-worker-"


class Told(NamedTuple):
    """A report's frame, with the pixels that it speaks of; no frame: the host is gone, and why."""

    frame: bytes
    pixels: Pixels
    gone: str = ""


class Worker:
    """The actor. Its methods run in one event loop, beside each other."""

    def __init__(self, spec: EngineSpec, heartbeat: float) -> None:
        self._spec = spec
        self._heartbeat = heartbeat
        self._works: dict[str, Work] = {}
        self._told: asyncio.Queue[Told] = asyncio.Queue()
        self._folder = _own_folder()
        self._host: HostProcess | None = None

    async def start(self) -> tuple[str, int]:
        """Spawn the host; Sfumato's version here and the actor's process."""
        # The host has nothing to do with what Ray runs the actor with, and need not import it.
        sys.modules["__main__"].__file__ = None
        self._host = HostProcess(self._spec, self._heartbeat, self._on_report, self._on_exit)
        return sfumato.__version__, os.getpid()

    async def send(self, frame: bytes, size: int = 0, pixels: Pixels | None = None) -> None:
        """Pass on a command; work comes with the pixels of its inputs and its arena's size."""
        command = decode_command(frame)
        assert self._host is not None
        if isinstance(command, Start):
            command = Start(self._take(command.work, size, pixels or []))
        self._host.send(command)

    async def told(self) -> list[Told]:
        """What the host has said since the last time, at least one thing."""
        told = [await self._told.get()]
        while not self._told.empty():
            told.append(self._told.get_nowait())
        return told

    def _take(self, work: Work, size: int, pixels: Pixels) -> Work:
        layout = Layout()
        layout.size = size
        path = self._folder / f"{work.id}.arena"
        path.unlink(missing_ok=True)
        with Arena.create(path, layout) as arena:
            write(arena, inputs(work), pixels)
        work = self._works[work.id] = replace(work, arena=str(path))
        return work

    def _on_report(self, life: Life, report: Report) -> None:
        pixels: Pixels = []
        if isinstance(report, WorkReport) and report.work_id in self._works:
            work = self._works[report.work_id]
            written = outputs(work, report)
            if written:
                with Arena.open(work.arena) as arena:
                    pixels = read(arena, written)
            if isinstance(report, Ending):
                del self._works[work.id]
                with suppress(OSError):
                    Path(work.arena).unlink()
        self._told.put_nowait(Told(encode(report), pixels))

    def _on_exit(self, life: Life, reason: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._told.put_nowait(Told(b"", [], reason))


def _own_folder() -> Path:
    """A new folder for arenas; those of actors that were killed are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        pid = old.name.removeprefix(_FOLDER).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
