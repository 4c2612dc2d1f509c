"""How tests of the client hold a job back, reach its daemon, and listen to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sfumato_client import Endpoint, Job
from sfumato_client.events import Event as Told
from sfumato_client.wire import inpainting_pb2 as wire
from tests.support.cable import Cable
from tests.support.fake_daemon import TOKEN, Event, FakeJob, usual


class Gate:
    """A script that stops after ``started`` until it is opened; attached streams, too."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def __call__(self, job: FakeJob, first: int) -> AsyncIterator[Event]:
        """Play the job."""
        yield Event(started=wire.Started(engine="fill"))
        await self.opened.wait()
        async for event in usual(job, first):
            yield event


def at(cable: Cable) -> Endpoint:
    """The daemon at the far end of a cable."""
    return Endpoint(f"127.0.0.1:{cable.port}", TOKEN)


async def collect(job: Job, until: type | None = None) -> list[Told]:
    """What a job says, up to and with the first event of a kind, else to its end."""
    told = []
    async for event in job:
        told.append(event)
        if until is not None and isinstance(event, until):
            break
    return told
