"""Sixteen owners at a real daemon: what one with 200 queued jobs costs the others, over gRPC.

The engine is a test's: a puppet that holds its device without using the processor. Arrivals are
those of ``benchmarks.fairness`` in a tenth of the time.

    python -m benchmarks.crowd --load 0.8 --minutes 2
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fairness import HOG, OWNERS, artists
from sfumato.access.tokens import TokenStore, digest
from sfumato.jobs.moments import Begun, Ended, Moment
from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD
from tests.support.edits import wire_edit
from tests.support.engines import puppet
from tests.support.service import Service, serving
from tests.support.simulation import Arrival, jain, p95

QUICKER = 10
STEP = 0.02
"""Seconds that a step takes."""
QUEUED = 200
BACKLOG, SIZE = 24, 10
"""So many jobs of so many steps each owner has waiting."""


@dataclass
class Log:
    """What the daemon did: whose jobs began, how long they had waited, and steps by owner.

    ``half_done`` is set when an owner has had half of its ``BACKLOG``.
    """

    begun: list[tuple[str, float]] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    half_done: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, moment: Moment) -> None:
        """Take note of a moment."""
        if isinstance(moment, Begun):
            self.begun.append((self.names[moment.about.owner], moment.waited))
        elif isinstance(moment, Ended):
            owner = self.names[moment.about.owner]
            self.steps[owner] += moment.steps
            if self.steps[owner] >= BACKLOG * SIZE / 2:
                self.half_done.set()


@dataclass(frozen=True)
class Crowd:
    """A daemon that serves all owners."""

    service: Service
    tokens: dict[str, str]
    log: Log

    async def send(self, owner: str, steps: int) -> None:
        """Send an edit and hang up when it is accepted; the daemon keeps it."""
        async for event in self._events(owner, steps):
            if event.HasField("accepted"):
                return

    async def edit(self, owner: str, steps: int) -> None:
        """Send an edit and stay to its end."""
        async for event in self._events(owner, steps):
            if event.HasField("done"):
                return
        raise RuntimeError("an edit has not ended well")

    def _events(self, owner: str, steps: int) -> AsyncIterator[pb.InpaintEvent]:
        edit = wire_edit()
        edit.header.parameters.model = "puppet"
        edit.header.parameters.prompt = "count"
        edit.header.parameters.steps = steps
        metadata = (("authorization", f"Bearer {self.tokens[owner]}"),)
        stub = self.service.stub
        events: AsyncIterator[pb.InpaintEvent] = stub.Inpaint(
            edit.requests(), metadata=metadata, timeout=QUEUED * GUARD
        )
        return events


@asynccontextmanager
async def crowd(folder: Path, step: float = STEP) -> AsyncIterator[Crowd]:
    """A daemon on a free port, with a token for each owner."""
    store = TokenStore(folder)
    tokens = {owner: store.create(owner) for owner in (*OWNERS, HOG)}
    log = Log(names={digest(token).hex()[:16]: owner for owner, token in tokens.items()})
    engine = puppet(options=(("step_seconds", str(step)),))
    async with serving(folder, observe=log, engines=[engine]) as service:
        here = Crowd(service, tokens, log)
        await here.edit(HOG, SIZE)  # The engine has started, and what an edit takes is known.
        log.begun.clear()
        yield here


async def waits(folder: Path, edits: Iterable[Arrival], queued: int) -> list[float]:
    """What the others waited, in seconds, while one owner had so many jobs queued."""
    async with crowd(folder) as here:
        sizes = random.Random(queued)
        for _ in range(queued):
            await here.send(HOG, sizes.randint(5, 40))

        async def artist(arrival: Arrival) -> None:
            await asyncio.sleep(arrival.at / QUICKER)
            await here.edit(arrival.owner, max(1, round(arrival.seconds / QUICKER / STEP)))

        await asyncio.gather(*map(artist, edits))
        return [waited for owner, waited in here.log.begun if owner != HOG]


async def shares(folder: Path) -> float:
    """Jain's index over the steps of sixteen owners who all have jobs waiting."""
    async with crowd(folder) as here:
        here.service.jobs.pause(True)
        for owner in (*OWNERS, HOG):
            for _ in range(BACKLOG):
                await here.send(owner, SIZE)
        here.service.jobs.pause(False)
        await here.log.half_done.wait()
        return jain(here.log.steps.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--load", type=float, default=0.8, help="what the others ask for, 0 to 1")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hours = options.minutes * QUICKER / 60
    edits = artists(options.load, hours, random.Random(options.seed))
    found = []
    for queued in (0, QUEUED):
        with tempfile.TemporaryDirectory(prefix="sfumato-crowd-") as folder:
            found.append(p95(asyncio.run(waits(Path(folder), edits, queued))))
        print(f"{queued} jobs of one owner waiting: p95 wait of the others {found[-1]:.2f} s")
    print(f"{len(edits)} edits of the others; {found[1] / found[0]:.2f} times")
    with tempfile.TemporaryDirectory(prefix="sfumato-crowd-") as folder:
        print(f"Jain's index over 16 backlogged owners: {asyncio.run(shares(Path(folder))):.3f}")


if __name__ == "__main__":
    main()
