"""An engine host as the daemon uses it: give it work, get reports, cancel, survive its death.

A host has a process when it needs one. The process is spawned with the first work, watched by its
heartbeat, killed when it hangs, and ended when idle for long; work outlives none of its deaths,
but the daemon does, and the next work gets a new process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from enum import Enum

from sfumato.engines.assignment import Assignment
from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import (
    Broken,
    Cancel,
    Cancelled,
    Ending,
    Heartbeat,
    Held,
    Hold,
    Loaded,
    Ready,
    Report,
    Resume,
    Start,
    Turned,
    WorkReport,
)
from sfumato.engines.patience import HostLost, Patience
from sfumato.engines.process import HostProcess, Launch, Life
from sfumato.engines.pulse import Pulse
from sfumato.engines.work import Work

log = logging.getLogger(__name__)


class HostState(Enum):
    """Whether a host has a process."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    CLOSED = "closed"


class EngineHost:
    """One engine on one device. All methods belong to the event loop.

    ``on_free`` is called whenever a place may have become free, and before that ``on_end`` when the
    process is no more: whatever it had loaded is gone. ``on_turn`` is called after every step.
    ``memory`` has the taken and all bytes of the device, ``loaded`` those of each model there, and
    ``stepping`` the seconds that the step under way has taken, as the process told last.
    ``ready_at`` is when the latest process was ready for work, on the monotonic clock.
    """

    def __init__(
        self,
        spec: EngineSpec,
        patience: Patience | None = None,
        on_free: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
        on_turn: Callable[[Turned], None] = lambda _: None,
        launch: Launch = HostProcess,
    ) -> None:
        self.spec = spec
        self._launch = launch
        self.state = HostState.ABSENT
        self.memory = 0, 0
        self.loaded: tuple[tuple[str, int], ...] = ()
        self.stepping = 0.0
        self.ready_at = 0.0
        self._patience = patience or Patience()
        self._on_free = on_free
        self._on_end = on_end
        self._on_turn = on_turn
        self._process: Life | None = None
        self._ready: asyncio.Future[None] | None = None
        self._running: dict[str, Assignment] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._broken = ""
        self._worked = False
        self._pulse = Pulse()

    @property
    def pid(self) -> int | None:
        """The process, if there is one on this computer."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> int:
        """How much work has a place. Cancelled work counts until the engine has let go of it."""
        return sum(not running.held for running in self._running.values())

    @property
    def free(self) -> int:
        """How much more work it takes."""
        return 0 if self.state is HostState.CLOSED else self.spec.capacity - self.running

    async def start(self) -> None:
        """Have a process that is ready for work; ``HostLost`` if none comes up."""
        self._spawn()
        assert self._ready is not None
        await asyncio.shield(self._ready)

    def submit(self, work: Work) -> AsyncGenerator[WorkReport]:
        """Take the work now; the reports tell of it, up to one ``Ending``.

        They raise ``HostLost`` if the host dies under the work. Who stops listening cancels it.
        """
        if self.free < 1:
            raise RuntimeError(f"the {self.spec.name} host takes no more work now")
        running = self._running[work.id] = Assignment(work)
        try:
            self._spawn().send(Start(work))
            self._worked = True
        except HostLost as lost:
            del self._running[work.id]
            running.tell(lost)
        return self._reports(running)

    def keeps(self, work_id: str) -> bool:
        """Whether this work stands still here and can be resumed."""
        running = self._running.get(work_id)
        return running is not None and running.held

    def hold(self, work_id: str) -> None:
        """Let this work stand still at the next step; its reports then say ``Held``.

        From then on it takes no place. It keeps its process only as long as an idle one is kept.
        """
        running = self._running.get(work_id)
        if running is None or running.holding or running.cancelled or self._process is None:
            return
        running.holding = True
        self._process.send(Hold(work_id))

    def resume(self, work_id: str) -> None:
        """Go on with work that this host ``keeps``, which takes a place again."""
        running = self._running[work_id]
        if not running.held or self.free < 1:
            raise RuntimeError(f"the {self.spec.name} host cannot go on with {work_id} now")
        running.holding = running.held = False
        assert self._process is not None
        self._process.send(Resume(work_id))

    def cancel(self, work_id: str) -> None:
        """Stop this work; its reports end with ``Cancelled`` within ``Patience.cancel``.

        Work that is not here, or has ended, is left as it is.
        """
        running = self._running.get(work_id)
        if running is None or running.cancelled or self._process is None:
            return
        running.cancelled = True
        self._process.send(Cancel(work_id))
        asyncio.get_running_loop().call_later(self._patience.cancel, self._cancel_now, running)

    async def close(self) -> None:
        """End the process, politely for a moment; running work is lost."""
        self.state = HostState.CLOSED
        self._lose("the daemon is shutting down", polite=True)
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _reports(self, running: Assignment) -> AsyncGenerator[WorkReport]:
        try:
            while (report := await running.next_report()) is not None:
                yield report
        finally:
            self.cancel(running.work.id)

    def _spawn(self) -> Life:
        if self.state is HostState.CLOSED:
            raise HostLost("the daemon is shutting down")
        if self._process is None:
            self._pulse = Pulse()
            self._broken = ""
            self._worked = False
            beat = self._patience.heartbeat
            try:
                self._process = self._launch(self.spec, beat, self._on_report, self._on_exit)
            except OSError as error:
                raise HostLost(f"no process could be started for it ({error})") from error
            loop = asyncio.get_running_loop()
            self._ready = loop.create_future()
            self._watch = loop.create_task(self._watch_process())
            self.state = HostState.STARTING
        return self._process

    def _cancel_now(self, running: Assignment) -> None:
        """The engine has not stopped by itself in time: the artist need not wait for it."""
        if self._running.get(running.work.id) is not running:
            return
        running.tell(Cancelled(running.work.id))
        # What stands still keeps nobody: another work's step is under way.
        if not (self.spec.interruptible or running.held):
            self._lose("its work was cancelled")

    def _on_report(self, process: Life, report: Report) -> None:
        if process is not self._process:
            return  # It was given up; what it still had to say is void.
        self._pulse.heard()
        match report:
            case Heartbeat(step_seconds):
                self.memory = report.memory_used, report.memory
                self.stepping = step_seconds
                if step_seconds > self._patience.step:
                    self._lose(f"one step took longer than {self._patience.step:.0f} s")
            case Ready():
                if self._ready is not None and not self._ready.done():
                    self._ready.set_result(None)
                    self.state = HostState.READY
                    self.ready_at = time.monotonic()
            case Turned():
                self.stepping = 0.0
                self._on_turn(report)
            case Loaded(models):
                self.loaded = models
            case Broken(reason):
                self._broken = reason
            case _:
                self._route(report)

    def _route(self, report: WorkReport) -> None:
        running = self._running.get(report.work_id)
        if running is None:
            log.warning("%s reports on work it does not have: %r", self.spec.name, type(report))
            return
        if isinstance(report, Held):
            running.held = True
        running.tell(report)
        if isinstance(report, Ending):
            del self._running[report.work_id]
            self._on_free()

    def _on_exit(self, process: Life, reason: str) -> None:
        if process is self._process:
            self._lose(self._broken or reason)

    def _lose(self, reason: str, polite: bool = False) -> None:
        """Give up the process, and with it the work it holds."""
        process, self._process = self._process, None
        if process is None:
            return
        log.info("the %s host on %s is given up: %s", self.spec.name, self.spec.where, reason)
        was_ready = self.state is HostState.READY
        assert self._watch is not None and self._ready is not None
        self._watch.cancel()
        if not self._ready.done():
            self._ready.set_exception(HostLost(reason))
            self._ready.exception()  # Nobody may be waiting for it.
        if not polite:
            process.kill()
        self._see_off(process)
        lost, self._running = self._running, {}
        for running in lost.values():
            end = Cancelled(running.work.id) if running.cancelled else HostLost(reason)
            running.tell(end)
        if self.state is not HostState.CLOSED:
            self.state = HostState.ABSENT
            self._on_end()
            self.memory, self.loaded, self.stepping = (0, 0), (), 0.0
            if self.spec.prespawn and was_ready:
                self._spawn_again()
            self._on_free()

    def _spawn_again(self) -> None:
        try:
            self._spawn()
        except HostLost as lost:
            log.warning("the %s host comes back with its next work: %s", self.spec.name, lost)

    def _see_off(self, process: Life) -> None:
        leaving = asyncio.get_running_loop().create_task(process.leave(self._patience.leave))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _watch_process(self) -> None:
        """End a process that is silent or idle for long."""
        beat = self._patience.heartbeat
        while True:
            await asyncio.sleep(beat)
            self._pulse.beat(working=bool(self.running))
            if self._pulse.silent * beat > self._patience.silence:
                self._lose(f"it gave no sign of life for {self._patience.silence:.0f} s")
            elif self._pulse.idle * beat > self.spec.idle_seconds and self._may_rest():
                self._lose("it was idle", polite=True)

    def _may_rest(self) -> bool:
        """Whether ending an idle process gives memory back: a prespawned one starts out small."""
        return self._worked or not self.spec.prespawn
