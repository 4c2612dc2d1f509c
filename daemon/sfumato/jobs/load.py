"""How much there is to do and to do it with: the daemon as those who run it see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from sfumato.engines.host import EngineHost, HostState
from sfumato.jobs.job import Job, JobState, Priority


@dataclass(frozen=True, slots=True)
class Unended:
    """A job that has not ended, and for how many ``seconds`` it has been in its state."""

    priority: Priority
    state: JobState
    seconds: float


@dataclass(frozen=True, slots=True)
class HostLoad:
    """An engine on its device.

    ``ready`` tells whether it has a process that takes work at once, ``resident`` is that
    process's main memory in bytes, ``memory`` the taken and all bytes of its device.
    """

    name: str
    engine: str
    device: str
    running: int
    capacity: int
    ready: bool
    resident: int
    memory: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Load:
    """All jobs that have not ended, and all hosts."""

    places: tuple[Unended, ...]
    hosts: tuple[HostLoad, ...]

    @property
    def memory(self) -> dict[str, tuple[int, int]]:
        """Taken and all bytes of each device that tells; its hosts all see the same."""
        return {host.device: host.memory for host in self.hosts if host.memory[1]}


def load(jobs: Iterable[Job], hosts: Iterable[tuple[str, EngineHost]]) -> Load:
    """What there is now; hosts come with their names."""
    return Load(
        places=tuple(
            Unended(job.submission.priority, job.state, job.seconds_in_state) for job in jobs
        ),
        hosts=tuple(host_load(name, host) for name, host in hosts),
    )


def host_load(name: str, host: EngineHost) -> HostLoad:
    """What there is of one host."""
    return HostLoad(
        name=name,
        engine=host.spec.name,
        device=host.spec.where,
        running=host.running,
        capacity=host.spec.capacity,
        ready=host.state is HostState.READY,
        resident=_resident(host.pid),
        memory=host.memory,
    )


def _resident(pid: int | None) -> int:
    if pid is None:
        return 0
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # It has just left.
        return 0
