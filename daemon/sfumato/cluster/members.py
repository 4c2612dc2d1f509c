"""Who is in the cluster: its nodes come and go, and with them the daemon's engine hosts."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import ray

from sfumato.engines.base import EngineSpec
from sfumato.jobs.jobs import Jobs

log = logging.getLogger(__name__)

RESOURCE = "sfumato"
"""What a node without GPUs calls the hosts that it has room for (`ray start --resources`)."""
_LOOK_SECONDS = 1.0


class Node(NamedTuple):
    """A computer of the cluster: Ray's id of it, its name for people, and how many hosts it takes.

    ``gpus`` are those with a GPU each; where there is none, ``slots`` run on the processor.
    """

    id: str
    name: str
    gpus: int
    slots: int


@asynccontextmanager
async def connected(address: str, devices: Sequence[str]) -> AsyncIterator[None]:
    """Be part of the cluster at ``address``; with none, of one on this computer that ends with us.

    That has these ``devices``, or the GPUs that Ray finds. Raises ``ConnectionError``, or what else
    Ray makes of an address.
    """
    await asyncio.to_thread(connect, address, devices)
    try:
        yield
    finally:
        await asyncio.to_thread(ray.shutdown)


def connect(address: str, devices: Sequence[str]) -> None:
    """Enter that cluster; see ``connected``."""
    # Nobody is told of this cluster, and nothing of it is served.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    logging.getLogger("ray").setLevel(logging.ERROR)
    # Ray adds a field to everybody's records.
    logging.setLogRecordFactory(logging.LogRecord)
    common: dict[str, Any] = {
        "log_to_driver": False,
        "configure_logging": False,
        "namespace": "sfumato",
    }
    if address:
        ray.init(address=address, **common)
        return
    if gpus := [device.partition(":")[2] or "0" for device in devices if device != "cpu"]:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    ray.init(
        address="local",
        include_dashboard=False,
        num_gpus=len(gpus) if devices else None,
        resources={RESOURCE: len(devices) or 1},
        **common,
    )


class Members:
    """Gives ``jobs`` the hosts of all nodes; ``specs`` are what each place of a node runs."""

    def __init__(self, jobs: Jobs, specs: Iterable[EngineSpec]) -> None:
        self._jobs = jobs
        self._specs = list(specs)
        self._hosts: dict[Node, list[str]] = {}

    async def keep(self) -> None:
        """Let nodes join and leave, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """See who has come and who has gone."""
        try:
            there = await asyncio.to_thread(nodes)
        except (ray.exceptions.RayError, OSError) as error:
            log.warning("the cluster does not answer: %s", error)
            return
        for node in self._hosts.keys() - there:
            log.info("%s has left the cluster", node.name)
            await asyncio.gather(*(self._jobs.crew.leave(host) for host in self._hosts.pop(node)))
        for node in there - self._hosts.keys():
            self._hosts[node] = [self._jobs.crew.join(spec) for spec in hosts(node, self._specs)]
            log.info("%s has joined with %d hosts", node.name, len(self._hosts[node]))


def hosts(node: Node, specs: Iterable[EngineSpec]) -> list[EngineSpec]:
    """The hosts of a node: one of each engine on each GPU, else on each of its slots."""
    placed = []
    for number in range(node.gpus or node.slots):
        for spec in specs:
            gpu = node.gpus and spec.device != "cpu"
            place = f"{node.name} cuda:{number}" if gpu else f"{node.name} cpu"
            device = "cuda" if gpu else "cpu"
            placed.append(replace(spec, device=device, node=node.id, place=place))
    return placed


def nodes() -> set[Node]:
    """The nodes that are alive and take hosts."""
    told: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    found = (_node(one) for one in told if one["Alive"])
    return {node for node in found if node.gpus or node.slots}


def _node(told: dict[str, Any]) -> Node:
    resources = told["Resources"]
    return Node(
        id=told["NodeID"],
        name=told["NodeManagerHostname"],
        gpus=int(resources.get("GPU", 0)),
        slots=int(resources.get(RESOURCE, 0)),
    )
