"""The service in the test's own process, and the shared daemon unharmed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.daemon import GUARD, Daemon
from tests.support.service import Service, serving


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(tmp_path) as service:
        yield service


@pytest.fixture
def unharmed(daemon: Daemon) -> Iterator[None]:
    """After every test the daemon answers, holds no pixels and had no fault."""
    spool = daemon.state / "spool"
    before = set(spool.iterdir())
    yield
    assert daemon.answers()
    deadline = time.monotonic() + GUARD
    while set(spool.iterdir()) - before:
        assert time.monotonic() < deadline, "it left pixels behind"
        time.sleep(0.01)
    assert "Traceback" not in daemon.log
