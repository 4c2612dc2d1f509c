"""The real servicer and jobs in the test's own process, with the puppet engine behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc.aio

from sfumato.engines.parameters import Gray, Operation, Scheduler
from sfumato.jobs.jobs import Jobs
from sfumato.service.auth import Tokens
from sfumato.service.catalogue import FILL, Catalogue, ModelCard
from sfumato.service.server import Server
from sfumato.service.servicer import Servicer
from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato.settings import Limits, Listen
from tests.support.engines import puppet

TOKEN = "a-token-for-tests"
PUPPET = ModelCard(
    name="puppet",
    title="Puppet",
    engine="puppet",
    operations=(Operation.REMOVE, Operation.GENERATE),
    gray=(Gray.BLEND, Gray.PARTIAL),
    sampled=True,
    schedulers=(Scheduler.EULER,),
    negative_prompt=True,
    strength=True,
)
CATALOGUE = Catalogue(models={"fill": FILL, "puppet": PUPPET}, default="puppet")


@dataclass(frozen=True)
class Service:
    """A server, and a client's end of it."""

    address: str
    server: Server
    jobs: Jobs
    stub: InpaintingStub
    spool: Path
    metadata: tuple[tuple[str, str], ...] = (("authorization", f"Bearer {TOKEN}"),)

    @property
    def arenas(self) -> list[Path]:
        """The files with jobs' pixels."""
        return sorted(self.spool.glob("*.arena"))


@asynccontextmanager
async def serving(folder: Path, limits: Limits | None = None) -> AsyncIterator[Service]:
    """Serve from ``folder`` on a free port."""
    limits = limits or Limits()
    spool = folder / "spool"
    jobs = Jobs([puppet("fill", capacity=4), puppet(capacity=4)], spool)
    tokens = Tokens(TOKEN)
    server = Server(Servicer(jobs, CATALOGUE, tokens, limits), tokens, limits)
    await jobs.start()
    address = await server.start(Listen("127.0.0.1", 0))
    async with grpc.aio.insecure_channel(str(address)) as channel:
        yield Service(str(address), server, jobs, InpaintingStub(channel), spool)
    await server.stop(0)
    await jobs.close()
