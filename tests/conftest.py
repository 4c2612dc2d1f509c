"""What every part of the tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.daemon import Daemon, running_daemon


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A running daemon that tests share; they leave it running and unchanged."""
    with running_daemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon
