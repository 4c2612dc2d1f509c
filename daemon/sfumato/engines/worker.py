"""The engine host's own side: one process that runs one engine for the daemon.

The main thread owns the engine and turns its crank. A second thread listens to the daemon and
tells it twice a second that the process lives; it also ends the process when the daemon is gone,
which no step, however long, may delay. Nothing heavy is imported before the engine asks for it.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import NamedTuple

from sfumato.engines.base import Engine, EngineSpec, Refused
from sfumato.engines.environment import environment
from sfumato.engines.messages import (
    Broken,
    Cancel,
    Cancelled,
    Command,
    Ending,
    Failed,
    Finished,
    Heartbeat,
    Held,
    Hold,
    Loaded,
    Progress,
    Ready,
    Report,
    Resume,
    Shutdown,
    Start,
    Turned,
)
from sfumato.engines.occupancy import occupancy
from sfumato.engines.pipe import FRAME_BYTES, decode_command, encode
from sfumato.engines.recipe import Recipes

log = logging.getLogger(__name__)


def main(connection: Connection, spec: EngineSpec, heartbeat: float) -> None:
    """Run the engine of ``spec`` until the daemon says so or is gone; the process's target."""
    # Ctrl+C in a terminal reaches the whole process group; the daemon says when to leave.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = Link(connection, heartbeat, spec.device)
    try:
        serve(make_engine(spec), link, spec.capacity)
    except Exception as error:
        log.exception("the engine %s failed", spec.name)
        link.send(Broken(f"{type(error).__name__}: {error}"))
        sys.exit(1)


def make_engine(spec: EngineSpec) -> Engine:
    """Import the engine's module and make one for the device."""
    module, _, name = spec.factory.partition(":")
    engine: Engine = getattr(importlib.import_module(module), name)(spec.device, dict(spec.options))
    return Recipes(engine)


def serve(engine: Engine, link: Link, capacity: int) -> None:
    """Feed the engine and turn its crank until told to leave."""
    hand = Hand(set(), set())
    link.send(Ready(os.getpid(), capacity))
    untold = 0.0
    told = Loaded(())
    while True:
        for command in link.commands(wait=not engine.busy):
            if isinstance(command, Shutdown):
                engine.close()
                return
            obey(command, engine, link, hand)
        if engine.busy:
            untold = turn(engine, link, hand.running, untold)
        elif hand.running:
            raise RuntimeError(f"the engine dropped {len(hand.running)} jobs without a word")
        if (now := Loaded(tuple(engine.loaded.items()))) != told:
            link.send(told := now)


class Hand(NamedTuple):
    """The ids of the work that the engine has: what advances, and what stands still."""

    running: set[str]
    held: set[str]


def obey(command: Command, engine: Engine, link: Link, hand: Hand) -> None:
    """Do what the daemon says of one work, if that has not ended before the command came."""
    running, held = hand
    match command:
        case Start(work):
            try:
                engine.start(work)
                running.add(work.id)
            except Refused as refused:
                link.send(Failed(work.id, refused.code, refused.message, refused=True))
        case Cancel(work_id) if work_id in running | held:
            engine.cancel(work_id)
            running.discard(work_id)
            held.discard(work_id)
            link.send(Cancelled(work_id))
        case Hold(work_id) if work_id in running:
            engine.hold(work_id)
            running.remove(work_id)
            held.add(work_id)
            link.send(Held(work_id))
        case Resume(work_id) if work_id in held:
            engine.resume(work_id)
            held.remove(work_id)
            running.add(work_id)


def turn(engine: Engine, link: Link, running: set[str], untold: float) -> float:
    """One step of the engine, and its reports to the daemon.

    What an engine does not speak of belongs to the next step of which it does: ``untold`` are the
    seconds of such steps before this one. Returns those up to now.
    """
    began, advanced = time.monotonic(), set()
    with link.stepping():
        for report in engine.step():
            if report.work_id not in running:
                continue
            if isinstance(report, Progress):
                advanced.add(report.work_id)
            if isinstance(report, Ending):
                running.remove(report.work_id)
            if isinstance(report, Finished):
                known = {**environment(), **dict(report.environment)}
                report = replace(report, environment=tuple(known.items()))
            link.send(report)
    seconds = untold + time.monotonic() - began
    if not advanced:
        return seconds if engine.busy else 0.0
    link.send(Turned(len(advanced), seconds))
    return 0.0


class Link:
    """The daemon's end of the pipe as the engine loop sees it."""

    def __init__(self, connection: Connection, heartbeat: float, device: str) -> None:
        self._connection = connection
        self._heartbeat = heartbeat
        self._device = device
        self._sending = threading.Lock()
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._step_began: float | None = None
        threading.Thread(target=self._listen, name="daemon-link", daemon=True).start()

    def send(self, report: Report) -> None:
        """Tell the daemon; end the process if it is gone."""
        try:
            with self._sending:
                self._connection.send_bytes(encode(report))
        except OSError:
            os._exit(0)

    def commands(self, wait: bool) -> Iterator[Command]:
        """What the daemon has said meanwhile; with ``wait``, at least one command."""
        try:
            yield self._inbox.get(block=wait)
            while True:
                yield self._inbox.get_nowait()
        except queue.Empty:
            return

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """Heartbeats tell how long this has been going on."""
        self._step_began = time.monotonic()
        try:
            yield
        finally:
            self._step_began = None

    def _listen(self) -> None:
        due = time.monotonic()
        try:
            while True:
                if self._connection.poll(max(0.0, due - time.monotonic())):
                    self._inbox.put(decode_command(self._connection.recv_bytes(FRAME_BYTES)))
                if time.monotonic() >= due:
                    self.send(Heartbeat(self._step_seconds(), *occupancy(self._device)))
                    due = time.monotonic() + self._heartbeat
        except (EOFError, OSError):
            # The daemon is gone, and nobody wants this work any more. The main thread may be deep
            # in a library, so the process ends from here.
            os._exit(0)

    def _step_seconds(self) -> float:
        began = self._step_began
        return 0.0 if began is None else time.monotonic() - began
