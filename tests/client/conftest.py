from collections.abc import AsyncIterator

import pytest

from sfumato_client import Patience
from tests.support.fake_daemon import FakeDaemon

# What is waited for without need takes tenths of seconds here; what has to come gets its time.
HURRIED = Patience(answer=20.0, silence=0.3, first=0.02, longest=0.1, in_all=120.0)


@pytest.fixture
async def daemon() -> AsyncIterator[FakeDaemon]:
    async with FakeDaemon() as running:
        yield running


@pytest.fixture
def patience() -> Patience:
    return HURRIED
