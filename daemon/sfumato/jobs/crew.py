"""The engine hosts as those see them who run the daemon: they join and leave while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from sfumato.engines.base import EngineSpec
from sfumato.engines.host import HostState
from sfumato.jobs.dispatcher import Dispatcher
from sfumato.jobs.errors import LastHost, UnknownHost
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.load import HostLoad, host_load
from sfumato.jobs.watching import Watching


class Standing(Enum):
    """What a host does: ``RESTING`` ones have no process until there is work."""

    RESTING = "resting"
    STARTING = "starting"
    READY = "ready"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class CrewMember:
    """A host, the ``models`` it has loaded as far as is known, and its ``busy`` share (0 to 1)."""

    load: HostLoad
    standing: Standing
    models: tuple[str, ...]
    busy: float


class Crew:
    """Has hosts join and leave. All methods belong to the event loop."""

    def __init__(self, hosts: Hosts, dispatcher: Dispatcher, watching: Watching) -> None:
        self._hosts = hosts
        self._dispatcher = dispatcher
        self._watching = watching
        self._retiring: set[asyncio.Task[None]] = set()

    def members(self) -> tuple[CrewMember, ...]:
        """All hosts, in the order they joined."""
        return tuple(self._member(name) for name, _ in self._hosts.items())

    def join(self, spec: EngineSpec) -> str:
        """Have one more host of an engine, which takes waiting jobs at once; its name."""
        name = self._dispatcher.join(spec)
        self._dispatcher.dispatch()
        self._watching.notify()
        return name

    async def leave(self, name: str) -> None:
        """End a host; what it works on begins anew elsewhere. Those that have left stay away."""
        if name in self._hosts and not self._hosts.ended(name):
            await self._dispatcher.leave(name)
            self._watching.notify()

    def retire(self, name: str) -> None:
        """Give a host no more work, and end it when it has done what it works on.

        Raises ``UnknownHost``; ``LastHost`` for the last one of its engine, as edits would wait
        for ever.
        """
        self.check_spare(name)
        if not self._hosts.retired(name):
            self._hosts.retire(name)
            self._watching.notify()
            task = asyncio.get_running_loop().create_task(self._leave_when_done(name))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    def check_spare(self, name: str) -> None:
        """Raise what ``retire`` raises."""
        if name not in self._hosts or self._hosts.ended(name):
            known = ", ".join(name for name, _ in self._hosts.items())
            raise UnknownHost(f"There is no engine host {name}. There are: {known}.")
        engine = self._hosts[name].spec.name
        if not self._hosts.retired(name) and self._hosts.staying(engine) == [name]:
            raise LastHost(
                f"{name} is the only host of the {engine} engine, and without it edits would wait "
                "for ever. Add another one before, or pause the daemon."
            )

    async def closed(self) -> None:
        """Return when nobody is about to leave any more; the hosts have ended before."""
        if self._retiring:
            await asyncio.wait(self._retiring)

    async def _leave_when_done(self, name: str) -> None:
        await self._watching.until(lambda: name not in self._hosts or not self._hosts[name].running)
        await self.leave(name)

    def _member(self, name: str) -> CrewMember:
        host = self._hosts[name]
        leaving = self._hosts.retired(name) or self._hosts.ended(name)
        return CrewMember(
            load=host_load(name, host),
            standing=Standing.LEAVING if leaving else _STANDINGS[host.state],
            models=self._dispatcher.models(name),
            busy=round(self._hosts.busy(name), 2),
        )


_STANDINGS = {
    HostState.ABSENT: Standing.RESTING,
    HostState.STARTING: Standing.STARTING,
    HostState.READY: Standing.READY,
    HostState.CLOSED: Standing.LEAVING,
}
