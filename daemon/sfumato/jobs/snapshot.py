"""The queue as one owner may see it: the own jobs by name, of the others only their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sfumato.engines.host import EngineHost
from sfumato.jobs.dispatcher import Dispatcher
from sfumato.jobs.job import Job, JobState


@dataclass(frozen=True, slots=True)
class Place:
    """A running or waiting job. ``job_id`` and ``title`` are empty unless it is the watcher's own.

    ``position`` is 0 when running and 1 when next for its engine; ``eta`` are the seconds until it
    starts, or ends when running. ``step`` of ``steps`` are done.
    """

    job_id: str
    title: str
    mine: bool
    state: JobState
    position: int
    eta: float | None
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device and the count of jobs that run on it."""

    name: str
    running: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Running jobs first, then the others in the order they will run."""

    places: tuple[Place, ...]
    devices: tuple[Device, ...]


def snapshot(dispatcher: Dispatcher, hosts: Iterable[EngineHost], owner: str) -> Snapshot:
    """What ``owner`` may see now."""
    positions = dispatcher.positions()

    def place(job: Job) -> Place:
        mine = job.owner == owner
        position, eta = positions.get(job.id) or (0, dispatcher.remaining(job))
        return Place(
            job_id=job.id if mine else "",
            title=job.submission.title if mine else "",
            mine=mine,
            state=job.state,
            position=position,
            eta=eta,
            step=job.step,
            steps=job.steps,
        )

    running: dict[str, int] = {}
    for host in hosts:
        running[host.spec.device] = running.get(host.spec.device, 0) + host.running
    return Snapshot(
        places=tuple(place(job) for job in (*dispatcher.running, *dispatcher.waiting)),
        devices=tuple(Device(name, count) for name, count in running.items()),
    )
