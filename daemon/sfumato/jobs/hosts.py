"""The engine hosts: several may serve one engine, they come and go, and each job is at one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from itertools import count

from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost, HostState
from sfumato.engines.messages import Turned, WorkReport
from sfumato.engines.patience import HostLost, Patience
from sfumato.engines.process import HostProcess, Launch
from sfumato.engines.work import Work
from sfumato.jobs.placement import Places
from sfumato.jobs.turns import Turns

log = logging.getLogger(__name__)


class Hosts:
    """Hosts by name, and where jobs are. All methods belong to the event loop.

    ``engines`` are the names of those that have, had or expect a host. ``on_free`` is called
    whenever a place may have become free, and before that ``on_end(name)`` when a host's process is
    no more. Both are set by who gives them work. ``on_turn`` is called after every step of a host.
    """

    def __init__(self, patience: Patience | None = None, launch: Launch = HostProcess) -> None:
        self._patience = patience
        self._launch = launch
        self._hosts: dict[str, EngineHost] = {}
        self._turns: dict[str, Turns] = {}
        self._at: dict[str, str] = {}
        self._retired: set[str] = set()
        self.engines: set[str] = set()
        self.on_free: Callable[[], None] = lambda: None
        self.on_end: Callable[[str], None] = lambda _: None
        self.on_turn: Callable[[EngineSpec, Turned], None] = lambda spec, turned: None

    def __iter__(self) -> Iterator[EngineHost]:
        """All hosts."""
        return iter(self._hosts.values())

    def items(self) -> Iterable[tuple[str, EngineHost]]:
        """All hosts with their names."""
        return self._hosts.items()

    def __contains__(self, name: str) -> bool:
        """Whether there is a host of this name."""
        return name in self._hosts

    def __getitem__(self, name: str) -> EngineHost:
        """The host of this name; ``KeyError`` if there is none."""
        return self._hosts[name]

    def add(self, spec: EngineSpec) -> str:
        """Have one more host, and say its name."""
        device = f"{spec.name}@{spec.where}"
        names = (device if n == 1 else f"{device}#{n}" for n in count(1))
        name = next(name for name in names if name not in self._hosts)
        self._hosts[name] = EngineHost(
            spec,
            self._patience,
            lambda: self.on_free(),
            lambda: self.on_end(name),
            lambda turned: self._turned(name, spec, turned),
            self._launch,
        )
        self._turns[name] = Turns()
        self.engines.add(spec.name)
        return name

    async def warm(self) -> None:
        """Start the processes that shall be there before the first edit."""
        await asyncio.gather(*(_warm(host) for host in self if host.spec.prespawn))

    async def end(self, name: str) -> None:
        """End a host for good, in bounded time; its work is lost to it."""
        await self._hosts[name].close()

    def remove(self, name: str) -> None:
        """Forget a host that has ended."""
        del self._hosts[name], self._turns[name]
        self._retired.discard(name)

    def retire(self, name: str) -> None:
        """Give a host no more work; what it has it may end."""
        self._retired.add(name)

    def retired(self, name: str) -> bool:
        """Whether this host gets no more work."""
        return name in self._retired

    def staying(self, engine: str) -> list[str]:
        """The hosts of an engine that take work, now or as soon as they have room."""
        return [
            name
            for name, host in self._hosts.items()
            if host.spec.name == engine and not (self.ended(name) or self.retired(name))
        ]

    def ended(self, name: str) -> bool:
        """Whether this host was told to end, and takes no more work."""
        return self._hosts[name].state is HostState.CLOSED

    async def close(self) -> None:
        """End all of them, in bounded time."""
        await asyncio.gather(*(host.close() for host in self._hosts.values()))

    def _turned(self, name: str, spec: EngineSpec, turned: Turned) -> None:
        self._turns[name].took(turned, time.monotonic())
        self.on_turn(spec, turned)

    # How busy they are.

    def busy(self, name: str) -> float:
        """How much of the last seconds a host was at work, 0 to 1."""
        return self._turns[name].share(self._hosts[name].stepping, time.monotonic())

    def batch(self, name: str) -> int:
        """How many jobs shared a host's last step; 0 if none runs."""
        return self._turns[name].batch if self._hosts[name].running else 0

    # Where there is room.

    def places(self, engine: str) -> dict[str, Places]:
        """The places of an engine's hosts, by their names."""
        return {name: self.places_at(name) for name in self.staying(engine)}

    def places_at(self, name: str) -> Places:
        """The places of one host."""
        host = self._hosts[name]
        return Places(host.spec.capacity, host.running, host.memory[1] - host.memory[0])

    def capacities(self) -> dict[str, int]:
        """How many jobs every engine runs at once, on all its hosts."""
        return {
            engine: sum(self._hosts[name].spec.capacity for name in self.staying(engine))
            for engine in self.engines
        }

    # What is done with a job's work, at the host where it is.

    def at(self, job_id: str) -> EngineHost | None:
        """The host that a job is at; None if it is at none."""
        return self._hosts.get(self._at.get(job_id, ""))

    def ready_at(self, job_id: str) -> float:
        """When the process that a job is at was ready for work, on the monotonic clock."""
        host = self.at(job_id)
        return host.ready_at if host else 0.0

    def home(self, job_id: str) -> str:
        """The name of the host where a job stands still and can go on; empty if there is none."""
        host = self.at(job_id)
        return self._at[job_id] if host is not None and host.keeps(job_id) else ""

    def submit(self, name: str, work: Work) -> AsyncGenerator[WorkReport]:
        """Give a host work; see ``EngineHost.submit``."""
        self._at[work.id] = name
        return self._hosts[name].submit(work)

    def let_go(self, job_id: str) -> None:
        """A job is at its host no more."""
        self._at.pop(job_id, None)

    def hold(self, job_id: str) -> None:
        """Let a job's work stand still at its next step."""
        host = self.at(job_id)
        if host is not None:
            host.hold(job_id)

    def cancel(self, job_id: str) -> None:
        """Stop a job's work, if it is anywhere."""
        host = self.at(job_id)
        if host is not None:
            host.cancel(job_id)


async def _warm(host: EngineHost) -> None:
    try:
        await host.start()
    except HostLost as lost:
        log.warning("the %s engine could not be started ahead: %s", host.spec.name, lost.reason)
