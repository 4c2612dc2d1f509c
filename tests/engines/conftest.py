"""Engine hosts that end with the test."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost
from sfumato.engines.patience import Patience
from tests.support.engines import puppet
from tests.support.hosting import MakeHost


@pytest.fixture
async def make_host() -> AsyncIterator[MakeHost]:
    hosts: list[EngineHost] = []

    def make(spec: EngineSpec | None = None, **patience: float) -> EngineHost:
        hosts.append(EngineHost(spec or puppet(), Patience(heartbeat=0.1, **patience)))
        return hosts[-1]

    yield make
    await asyncio.gather(*(host.close() for host in hosts))
