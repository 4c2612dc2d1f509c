"""Engine hosts that join and leave at an admin's word."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable
from dataclasses import replace

from grpc import StatusCode

from sfumato.engines.base import EngineSpec
from sfumato.jobs.crew import Crew, CrewMember
from sfumato.service.catalogue import FILL
from sfumato.service.status import Refusal, invalid, unsupported
from sfumato.service.vocabulary import HOST_STATES
from sfumato.settings import DEVICE
from sfumato_client.wire import hosts_pb2 as pb

_COUNT = (
    "import torch;"
    "print('cuda', torch.cuda.device_count());"
    "print('xpu', torch.xpu.device_count());"
    "print('mps', int(torch.backends.mps.is_available()))"
)


class Devices:
    """The ``crew`` on the wire. ``specs`` are of the engines whose hosts may join on a device.

    Of each engine the last one counts, whatever its device. Without any, as on a cluster, hosts
    come with their computers.
    """

    def __init__(self, crew: Crew, specs: Iterable[EngineSpec] = ()) -> None:
        self._crew = crew
        self._specs = {spec.name: spec for spec in specs}

    def list(self) -> pb.ListHostsResponse:
        """All hosts."""
        return pb.ListHostsResponse(hosts=[_host(member) for member in self._crew.members()])

    async def update(self, request: pb.UpdateHostsRequest) -> pb.UpdateHostsResponse:
        """Have a host join or leave; raises ``Refusal``, ``UnknownHost`` or ``LastHost``."""
        match request.WhichOneof("change"):
            case "add":
                name = await self._add(request.add.device.strip(), request.add.engine)
            case "remove":
                name = request.remove.name
                self._crew.retire(name)
                if request.remove.now:
                    await self._crew.leave(name)
            case _:
                raise invalid("change", "Say what to change: add or remove.")
        return pb.UpdateHostsResponse(name=name)

    async def _add(self, device: str, engine: str) -> str:
        spec = self._spec(engine)
        device = f"cuda:{device}" if device.isdecimal() else device
        if not re.fullmatch(DEVICE, device):
            raise invalid(
                "add.device", f"{device!r} is no device. Name one such as cpu, cuda:1 or mps."
            )
        if device != "cpu":
            self._check_free(spec, device)
            await _check_there(device)
        return self._crew.join(replace(spec, device=device))

    def _spec(self, engine: str) -> EngineSpec:
        if not self._specs:
            raise unsupported(
                "HOSTS_OF_CLUSTER",
                "The hosts of this daemon come with the computers of its Ray cluster: run "
                "`ray start` on another one to have more.",
            )
        if not engine:
            return [*self._specs.values()][-1]
        if engine not in self._specs:
            known = ", ".join(self._specs)
            raise invalid("add.engine", f"There is no engine {engine!r} to add. Known: {known}.")
        return self._specs[engine]

    def _check_free(self, spec: EngineSpec, device: str) -> None:
        """``Refusal`` for an engine that has that device already, or that uses none."""
        if spec.name == FILL.engine:
            raise invalid("add.device", f"The {spec.name} engine runs on cpu alone.")
        for member in self._crew.members():
            same = _plain(member.load.device) == _plain(device)
            if same and member.load.engine == spec.name:
                raise Refusal(
                    StatusCode.ALREADY_EXISTS,
                    "HOST_EXISTS",
                    f"{member.load.name} has that device already.",
                    field="add.device",
                )


def _plain(device: str) -> str:
    """The name of a device that may be called by its kind alone, which means its first."""
    kind, _, number = device.partition(":")
    return f"{'cuda' if kind == 'auto' else kind}:{number or 0}"


async def _check_there(device: str) -> None:
    """``Refusal`` if this computer does not have the device, asked in a process of its own."""
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COUNT),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await asking.communicate()
    words = said.decode().split()
    counts = dict(zip(words[::2], map(int, words[1::2]), strict=False))
    kind, _, number = _plain(device).partition(":")
    have = counts.get(kind, 0)
    if int(number) >= have:
        raise unsupported(
            "NO_SUCH_DEVICE",
            f"This computer has {have} devices of the kind {kind}, so there is no {device}. "
            "`sfumato doctor` says what PyTorch sees.",
            "add.device",
        )


def _host(member: CrewMember) -> pb.EngineHost:
    load = member.load
    used, memory = load.memory
    return pb.EngineHost(
        name=load.name,
        engine=load.engine,
        device=load.device,
        state=HOST_STATES.wire(member.standing),
        running=load.running,
        capacity=load.capacity,
        models=member.models,
        memory_bytes=memory,
        memory_used_bytes=used,
        resident_bytes=load.resident,
        busy=member.busy,
    )
