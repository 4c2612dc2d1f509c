"""What every part of the tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.daemon import Daemon, running_daemon

# A run tells of the code alone: the same examples every time, and no clock, as machines get busy.
# `pytest --hypothesis-profile explore` looks at others.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A running daemon that tests share; they leave it running and unchanged."""
    with running_daemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon
