"""The queue as one owner may see it: the own jobs by name, of the others only their places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from sfumato.engines.host import EngineHost
from sfumato.jobs.hosts import Hosts
from sfumato.jobs.job import Job, JobState, Priority
from sfumato.jobs.roll import Roll

_GRAIN = 1 << 27


@dataclass(frozen=True, slots=True)
class Place:
    """A running, waiting or paused job.

    ``title`` is empty unless it is the watcher's own, and so are ``job_id``, ``owner``, ``model``
    and ``phase`` unless an admin watches. ``position`` is 1 when next for its engine, and 0 when
    running or paused; ``eta`` are the seconds until it starts, or ends when running. ``step`` of
    ``steps`` are done. It has been in its state for ``seconds``.
    """

    job_id: str
    title: str
    mine: bool
    state: JobState
    position: int
    eta: float | None
    step: int
    steps: int
    owner: str
    model: str
    phase: str
    priority: Priority
    seconds: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Device:
    """A device with what its hosts make of it together, one of each engine.

    Further hosts on a device that has one of their engine are shown as another one: ``cpu#2``.
    ``memory`` has its taken and all bytes, 0 for those that do not tell, and ``loaded`` what each
    model takes that its engines have there. It was at work for
    ``busy`` of the last seconds (0 to 1, in hundredths); ``batch`` jobs shared the last step.
    """

    name: str
    running: int
    memory: tuple[int, int] = (0, 0)
    models: tuple[str, ...] = ()
    busy: float = 0.0
    batch: int = 0
    loaded: tuple[tuple[str, int], ...] = ()

    def with_host(self, other: Device) -> Device:
        """The device with one more of its hosts."""
        return Device(
            self.name,
            self.running + other.running,
            max(self.memory, other.memory, key=lambda memory: memory[1]),
            tuple(dict.fromkeys((*self.models, *other.models))),
            min(1.0, round(self.busy + other.busy, 2)),
            max(self.batch, other.batch),
            self.loaded + other.loaded,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Running jobs first, then the others in the order they will run, paused ones last.

    The daemon starts no waiting jobs while ``paused``, and takes no new ones while ``draining``.
    """

    places: tuple[Place, ...]
    devices: tuple[Device, ...]
    paused: bool = False
    draining: bool = False


def snapshot(
    roll: Roll,
    hosts: Hosts,
    models: Callable[[str], tuple[str, ...]],
    owner: str,
    admin: bool,
) -> Snapshot:
    """What ``owner`` may see now; an admin can name everybody's jobs, to cancel them.

    ``models`` tells what the host of a name has loaded.
    """
    positions = roll.positions()
    waiting = [roll[job_id] for job_id in positions]

    def place(job: Job) -> Place:
        mine = job.owner == owner
        named = mine or admin
        position, eta = positions.get(job.id) or (0, roll.remaining(job))
        return Place(
            job_id=job.id if named else "",
            title=job.submission.title if mine else "",
            mine=mine,
            state=job.state,
            position=position,
            eta=eta,
            step=job.step,
            steps=job.steps,
            owner=job.owner if named else "",
            model=job.model if named else "",
            phase=job.phase if named else "",
            priority=job.submission.priority,
            seconds=job.seconds_in_state,
        )

    return Snapshot(
        places=tuple(place(job) for job in (*roll.running, *waiting, *roll.held)),
        devices=_devices(hosts, models),
        paused=roll.paused,
    )


def _devices(hosts: Hosts, models: Callable[[str], tuple[str, ...]]) -> tuple[Device, ...]:
    devices: dict[str, Device] = {}
    for name, host in hosts.items():
        device = Device(
            name.removeprefix(f"{host.spec.name}@"),
            host.running,
            _memory(host),
            models(name),
            round(hosts.busy(name), 2),
            hosts.batch(name),
            host.loaded,
        )
        known = devices.get(device.name)
        devices[device.name] = known.with_host(device) if known else device
    return tuple(devices.values())


def _memory(host: EngineHost) -> tuple[int, int]:
    """Taken and all bytes of a host's device; of this computer's CPU the computer's own."""
    if host.spec.device != "cpu" or host.spec.node:
        return host.memory
    memory = psutil.virtual_memory()
    # Roughly, as it never stands still.
    return (memory.total - memory.available) // _GRAIN * _GRAIN, memory.total
