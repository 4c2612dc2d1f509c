"""The queue as one owner may see it: the own jobs by name, of the others only their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sfumato.engines.host import EngineHost
from sfumato.jobs.job import Job, JobState
from sfumato.jobs.roll import Roll


@dataclass(frozen=True, slots=True)
class Place:
    """A running, waiting or paused job.

    ``title`` is empty unless it is the watcher's own, and so is ``job_id`` unless an admin watches.
    ``position`` is 1 when next for its engine, and 0 when running or paused; ``eta`` are the
    seconds until it starts, or ends when running. ``step`` of ``steps`` are done.
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
    """Running jobs first, then the others in the order they will run, paused ones last.

    The daemon starts no waiting jobs while ``paused``, and takes no new ones while ``draining``.
    """

    places: tuple[Place, ...]
    devices: tuple[Device, ...]
    paused: bool = False
    draining: bool = False


def snapshot(roll: Roll, hosts: Iterable[EngineHost], owner: str, admin: bool) -> Snapshot:
    """What ``owner`` may see now; an admin can name everybody's jobs, to cancel them."""
    positions = roll.positions()

    def place(job: Job) -> Place:
        mine = job.owner == owner
        position, eta = positions.get(job.id) or (0, roll.remaining(job))
        return Place(
            job_id=job.id if mine or admin else "",
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
        places=tuple(place(job) for job in (*roll.running, *roll.waiting, *roll.held)),
        devices=tuple(Device(name, count) for name, count in running.items()),
        paused=roll.paused,
    )
