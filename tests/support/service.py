"""The real servicer and jobs in the test's own process, with the puppet engine behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import grpc.aio

from sfumato.access.private import write_private
from sfumato.access.tokens import TokenStore, digest
from sfumato.engines.base import EngineSpec
from sfumato.engines.parameters import Gray, Operation, Scheduler
from sfumato.jobs import retention
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.moments import Observe
from sfumato.listen import Listen
from sfumato.service.auth import TOKEN_FILE, Tokens
from sfumato.service.catalogue import FILL, Catalogue, ModelCard
from sfumato.service.server import Server
from sfumato.service.servicer import Servicer
from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato.settings import Limits
from sfumato.telemetry.words import log_moment
from tests.support.daemon import GUARD
from tests.support.engines import puppet

TOKEN = "a-token-for-tests"
METADATA = (("authorization", f"Bearer {TOKEN}"),)
OWNER = digest(TOKEN).hex()[:16]
"""Whose jobs those are."""
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
    store: TokenStore
    tokens: Tokens
    metadata: tuple[tuple[str, str], ...] = METADATA

    @property
    def arenas(self) -> list[Path]:
        """The files with jobs' pixels."""
        return sorted(self.spool.glob("*.arena"))


@asynccontextmanager
async def serving(
    folder: Path,
    limits: Limits | None = None,
    kept: retention.Limits | None = None,
    observe: Observe = log_moment,
    engines: Sequence[EngineSpec] = (puppet("fill", capacity=4), puppet(capacity=4)),
) -> AsyncIterator[Service]:
    """Serve from ``folder`` on a free port; ``kept`` are the limits of the jobs."""
    limits = limits or Limits()
    spool = folder / "spool"
    jobs = Jobs(engines, folder, kept, observe=observe)
    if not (folder / TOKEN_FILE).exists():
        write_private(folder / TOKEN_FILE, TOKEN)
    tokens = Tokens.of(folder)
    server = Server(
        Servicer(jobs, CATALOGUE, limits, observe, tokens.holder, engines), tokens, limits, observe
    )
    await jobs.start()
    try:
        address = await server.start(Listen("127.0.0.1", 0))
        async with grpc.aio.insecure_channel(str(address)) as channel:
            stub = InpaintingStub(channel)
            store = TokenStore(folder)
            yield Service(str(address), server, jobs, stub, spool, store, tokens)
    finally:  # A server that is left behind keeps the next test waiting, for ever.
        await server.stop(0)
        await jobs.close()


@contextmanager
def serving_in_thread(
    folder: Path, limits: Limits | None = None, kept: retention.Limits | None = None
) -> Iterator[str]:
    """The same on an event loop in a thread of its own, for clients that block; its address."""
    address: Future[str] = Future()
    ended = Event()

    async def serve() -> None:
        async with serving(folder, limits, kept) as service:
            address.set_result(service.address)
            await asyncio.to_thread(ended.wait)

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(asyncio.run, serve())
        try:
            yield address.result(GUARD)
        finally:
            ended.set()
            served.result(GUARD)
